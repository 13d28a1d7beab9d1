import { loadCollection, MapHandle } from '@axoneme/bpf'
import { expect } from 'vitest'
import { bpffs, loadObject, object } from './bpf-fixture.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

kernelTest("bpf load > the caller's map takes a declared one's place, and stays the caller's", { needs: [] }, async () => {
  const spec = object('types').maps.find(({ type, data }) => (type === 'hash' || type === 'array') && data === undefined)
  if (spec === undefined) throw new Error('the object declares no hash and no array')
  const { name, type, keySize, valueSize, maxEntries, flags } = spec
  const mine = MapHandle.create(sys, { name, type, keySize, valueSize, maxEntries, flags }).unwrap()
  const id = mine.info().unwrap().id
  const withMine = { maps: { [name]: mine } }
  {
    using loaded = loadObject('types', withMine)
    expect(loaded.maps.get(name)).toBe(mine)
    expect([...loaded.programs.keys()].some((program) => loaded.info(program).mapIds.includes(id))).toBe(true)
  }
  // closing the collection left it open
  expect(mine.info().unwrap().id).toBe(id)
  mine.close()
  using pins = bpffs()
  expect(loadCollection(sys, object('types'), { pinFolder: pins.path, ...withMine }).unwrapErr()).toMatchObject({ code: 'sys.closed' })
})
