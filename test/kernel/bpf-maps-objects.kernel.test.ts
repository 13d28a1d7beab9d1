import { createMap, listMaps, type MapDefinition, MapHandle, openMap, openMapById, openPinnedMap } from '@axoneme/bpf'
import { Errno } from '@axoneme/sys'
import { expect } from 'vitest'
import { bpffs, bpftool, definition, make, mapType, testedTypes, u32 } from './bpf-map-fixture.js'
import { program, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** What each type is made with beyond the plain definition. */
const special: Readonly<Record<string, Partial<MapDefinition>>> = {
  hash: { keySize: 6, valueSize: 10, maxEntries: 100, flags: 1 },
  array: { valueSize: 100, flags: 1 << 10 },
  percpu_hash: { valueSize: 12 },
  lpm_trie: { keySize: 20, valueSize: 8 },
  devmap: { valueSize: 8 },
  sockhash: { keySize: 16, valueSize: 8 },
  bloom_filter: { mapExtra: 3 },
  ringbuf: { maxEntries: 1 << 16 },
}

for (const type of testedTypes)
  kernelTest(`bpf map > ${type} is made, and is what bpftool says it is`, { needs: [mapType(type)] }, async () => {
    using inner = make('array')
    const asked = definition(type, {
      ...special[type],
      ...(type.endsWith('_of_maps') ? { innerMapFd: inner.fd.use().unwrap() } : {}),
    })
    using map = MapHandle.create(sys, asked).unwrap()
    const info = map.info().unwrap()
    const { maxEntries, keySize, valueSize } = asked
    expect(info).toMatchObject({ type, keySize, valueSize, maxEntries, name: asked.name.slice(0, 15), frozen: false })
    const shown = bpftool('map', 'show', 'id', info.id)
    expect({
      type: info.type,
      id: info.id,
      flags: info.flags,
      name: info.name,
      bytes_key: info.keySize,
      bytes_value: info.valueSize,
      max_entries: info.maxEntries,
      bytes_memlock: info.memoryBytes,
      frozen: Number(info.frozen),
    }).toEqual(
      Object.fromEntries(
        Object.entries(shown as object).filter(([name]) => !['pids', 'btf_id', 'owner_prog_type', 'owner_jited'].includes(name)),
      ),
    )
    if (asked.mapExtra !== undefined) expect(info.mapExtra).toBe(BigInt(asked.mapExtra))
  })

kernelTest('bpf map > a name is cut, and what the kernel would refuse in it replaced', { needs: [] }, async () => {
  using map = make('hash', { name: 'flows of-this-host-and-more' })
  expect(map.info().unwrap().name).toBe('flows_of_this_h')
})

kernelTest('bpf map > what no kernel takes is refused before it is asked, the rest in its words', { needs: [] }, async () => {
  const refusal = (type: MapDefinition['type'], given: Partial<MapDefinition>): unknown =>
    createMap(sys, definition(type, given)).unwrapErr()
  expect(refusal('array', { keySize: 8 })).toMatchObject({ code: 'input.invalid', path: 'keySize' })
  expect(refusal('hash', { maxEntries: 0 })).toMatchObject({ code: 'input.invalid', path: 'maxEntries' })
  expect(refusal('ringbuf', { maxEntries: 5000 })).toMatchObject({ code: 'input.invalid', path: 'maxEntries' })
  expect(refusal('hash_of_maps', {})).toMatchObject({ code: 'input.invalid', path: 'innerMapFd' })
  expect(refusal('hash', { flags: 1 << 30 })).toMatchObject({ code: 'bpf.refused', command: 'BPF_MAP_CREATE', errno: Errno.EINVAL })
  expect(refusal('array', { valueSize: 0xffff_fff0 })).toMatchObject({ code: 'bpf.refused', errno: Errno.E2BIG })
})

/** BTF with one type: `int`, of 4 bytes. */
function loadBtf(): number {
  const strings = new TextEncoder().encode('\0int\0')
  const bytes = new Uint8Array(24 + 16 + strings.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0xeb9f, true)
  bytes[2] = 1
  const words = [24, 0, 16, 16, strings.length, 1, 1 << 24, 4, (1 << 24) | 32]
  for (const [index, word] of words.entries()) view.setUint32(4 + 4 * index, word, true)
  bytes.set(strings, 40)
  const attr = new Uint8Array(32)
  const fields = new DataView(attr.buffer)
  fields.setBigUint64(0, sys.address(bytes), true)
  fields.setUint32(16, bytes.length, true)
  const fd = sys.bpf(18, attr)
  if (fd < 0 || bytes.length === 0) throw new Error(`bpf(BPF_BTF_LOAD): ${fd}`)
  return fd
}

kernelTest('bpf map > types of keys and values are kept, and left out where the kernel refuses them', { needs: [] }, async () => {
  const btfFd = loadBtf()
  try {
    const types = { btfFd, keyTypeId: 1, valueTypeId: 1 }
    using hash = make('hash', types)
    expect(hash.info().unwrap()).toMatchObject({ keyTypeId: 1, valueTypeId: 1 })
    expect(hash.info().unwrap().btfId).toBeGreaterThan(0)
    using queue = make('queue', types)
    expect(queue.info().unwrap()).toMatchObject({ btfId: 0, keyTypeId: 0, valueTypeId: 0 })
  } finally {
    sys.close(btfFd)
  }
})

kernelTest('bpf map > a pin outlives the handle, and opens as the same map', { needs: [] }, async () => {
  using files = bpffs()
  const path = `${files.path}/maps/flows`
  const map = make('hash')
  const { id } = map.info().unwrap()
  map.pin(path).unwrap()
  expect(map.pin(path).unwrapErr().code).toBe('bpf.exists')
  expect(bpftool('map', 'show', 'pinned', path).id).toBe(id)
  map.close()
  expect(map.info().unwrapErr().code).toBe('sys.closed')
  expect(map.pin(path).unwrapErr().code).toBe('sys.closed')
  using again = openPinnedMap(sys, path).unwrap()
  expect(again.shape).toEqual({ name: 'axm_hash', type: 'hash', keySize: 4, valueSize: 4, maxEntries: 8, flags: 0 })
  expect(again.info().unwrap().id).toBe(id)
  expect(openPinnedMap(sys, `${files.path}/nothing`).unwrapErr().code).toBe('bpf.missing')
  expect(openPinnedMap(sys, 'maps/flows').unwrapErr().code).toBe('input.invalid')
  expect(again.pin('/tmp/axm-no-bpffs').unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'path' })
})

kernelTest('bpf map > the pin of a program is no map', { needs: [] }, async () => {
  using files = bpffs()
  const fd = program(3)
  const path = `${files.path}/program`
  const attr = new Uint8Array(12)
  const text = new TextEncoder().encode(`${path}\0`)
  const view = new DataView(attr.buffer)
  view.setBigUint64(0, sys.address(text), true)
  view.setUint32(8, fd, true)
  expect(sys.bpf(6, attr)).toBe(0)
  expect(text.length).toBeGreaterThan(1)
  sys.close(fd)
  expect(openPinnedMap(sys, path).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'path' })
})

kernelTest('bpf map > opens by its id, and is in the list', { needs: [] }, async () => {
  using map = make('percpu_array', { valueSize: 24 })
  const info = map.info().unwrap()
  using again = openMapById(sys, info.id).unwrap()
  expect(again.info().unwrap()).toEqual(info)
  const ids = listMaps(sys).unwrap()
  expect(ids.find(({ id }) => id === info.id)).toEqual(info)
  const shown = (bpftool('map', 'show') as { id: number; name?: string }[]).filter(({ name }) => name?.startsWith('axm_'))
  expect(ids.filter(({ name }) => name.startsWith('axm_')).map(({ id }) => id)).toEqual(shown.map(({ id }) => id))
  expect(openMapById(sys, 0x7fff_ffff).unwrapErr()).toMatchObject({ code: 'bpf.missing' })
})

kernelTest('bpf map > a frozen map is read, and changed no more', { needs: [] }, async () => {
  using map = openMap(make('hash'), { key: u32, value: u32 }).unwrap()
  map.update(1, 2).unwrap()
  map.freeze().unwrap()
  expect(map.info().unwrap().frozen).toBe(true)
  expect(bpftool('map', 'show', 'id', map.info().unwrap().id).frozen).toBe(1)
  expect(map.lookup(1).unwrap()).toBe(2)
  expect(map.update(1, 3).unwrapErr()).toMatchObject({ code: 'permission.denied', errno: Errno.EPERM })
  expect(map.delete(1).unwrapErr()).toMatchObject({ code: 'permission.denied' })
  expect(map.updateAll([[1, 3]]).unwrapErr()).toMatchObject({ code: 'permission.denied', done: 0 })
  expect(map.deleteAll([1]).unwrapErr()).toMatchObject({ code: 'permission.denied', done: 0 })
  // EBUSY on older kernels, EPERM where a frozen map counts as not writable
  expect(map.freeze().unwrapErr().code).toMatch(/^(permission\.denied|bpf\.refused)$/)
})

kernelTest('bpf map > opened for reading it is not written', { needs: [] }, async () => {
  using files = bpffs()
  using made = openMap(make('hash'), { key: u32, value: u32 }).unwrap()
  made.update(7, 8).unwrap()
  made.pin(`${files.path}/m`).unwrap()
  using map = openMap(openPinnedMap(sys, `${files.path}/m`, 'read').unwrap(), { key: u32, value: u32 }).unwrap()
  expect(map.lookup(7).unwrap()).toBe(8)
  expect(map.update(7, 9).unwrapErr()).toMatchObject({ code: 'permission.denied' })
})
