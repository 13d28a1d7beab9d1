import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { expect } from 'vitest'
// @ts-expect-error a script of Node's own, without declarations
import { VARIANTS } from '../bpf/build.mjs'
import { loadObject, normalised, object, objectPath, referenceLoad } from './bpf-fixture.js'
import { kernelTest } from './harness/index.js'

/** every object of the corpus; `needs` says what a kernel must have for it */
const corpus = readdirSync(new URL('../bpf/corpus/', import.meta.url))
  .filter((file) => file.endsWith('.bpf.c'))
  .map((file) => file.replace('.bpf.c', ''))

const variants = ['', ...Object.keys(VARIANTS).map((variant) => `.${variant}`)]
for (const name of corpus.flatMap((each) => variants.map((variant) => each + variant)))
  kernelTest(`differential > ${name}: the kernel makes of it what it makes of libbpf's`, { needs: [], timeoutMs: 60_000 }, async () => {
    const theirs = referenceLoad(name)
    using ours = loadObject(name)
    expect([...ours.programs.keys()].sort()).toEqual([...theirs.programs.keys()].sort())
    for (const [program, { spec }] of ours.programs) {
      const mine = ours.xlated(program)
      const other = theirs.programs.get(program)
      expect(normalised(mine.bytes, ours.mapsById), `${program} (${spec.section})`).toEqual(
        normalised(other?.bytes ?? new Uint8Array(), theirs.mapsById),
      )
    }
    // sizes, types and flags of the maps, ids aside
    expect([...ours.mapsById.values()].sort()).toEqual([...theirs.mapsById.values()].sort())
  })

kernelTest('differential > what bpftool says of maps and programs is what was loaded', { needs: [] }, async () => {
  using ours = loadObject('maps')
  const maps = JSON.parse(execFileSync('bpftool', ['map', 'show', '-j'], { encoding: 'utf8' })) as Record<string, unknown>[]
  for (const [name, map] of ours.maps) {
    const { id, type, flags } = map.info().unwrap()
    const seen = maps.find((each) => each.id === id)
    expect(seen, name).toMatchObject({
      type,
      name: name.slice(0, 15),
      bytes_key: map.shape.keySize,
      max_entries: map.shape.maxEntries,
      flags,
    })
  }
  const programs = JSON.parse(execFileSync('bpftool', ['prog', 'show', '-j'], { encoding: 'utf8' })) as Record<string, unknown>[]
  for (const name of ours.programs.keys()) {
    const { tag, id, mapIds } = ours.info(name)
    const seen = programs.find((each) => each.id === id)
    expect(seen).toMatchObject({ name: name.slice(0, 15), tag })
    expect(seen?.map_ids).toEqual([...mapIds])
    // and those are maps of this collection
    for (const each of mapIds) expect(ours.mapsById.has(each)).toBe(true)
  }
  expect(object('maps').maps).toHaveLength(20)
})

interface DumpedType {
  readonly id: number
  readonly kind: string
  readonly name: string
  readonly size?: number
  readonly type_id?: number
  readonly nr_elems?: number
  readonly members?: readonly {
    readonly name: string
    readonly type_id: number
    readonly bits_offset: number
    readonly bitfield_size?: number
  }[]
  readonly values?: readonly { readonly name: string; readonly val: number }[]
}

kernelTest('differential > the types of every object are what bpftool dumps of them', { needs: [] }, async () => {
  let compared = 0
  for (const name of [...corpus, 'count']) {
    const { btf } = object(name)
    if (btf === undefined) throw new Error(`${name}: no types`)
    const dumped = JSON.parse(
      execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', objectPath(name)], { encoding: 'utf8', maxBuffer: 1 << 26 }),
    ) as { types: DumpedType[] }
    expect(btf.end - 1).toBe(dumped.types.length)
    for (const their of dumped.types) {
      const our = btf.type(their.id)
      expect(our.kind.replace('-', '_')).toBe(their.kind.toLowerCase())
      expect(our.name).toBe(their.name === '(anon)' ? '' : their.name)
      if ('size' in our && their.size !== undefined) expect(our.size).toBe(their.size)
      if ('type' in our && their.type_id !== undefined) expect(our.type).toBe(their.type_id)
      if (our.kind === 'array') expect(our.length).toBe(their.nr_elems)
      if ('members' in our)
        expect(our.members.map((member) => [member.name, member.type, member.bitOffset, member.bitWidth])).toEqual(
          their.members?.map((member) => [
            member.name === '(anon)' ? '' : member.name,
            member.type_id,
            member.bits_offset,
            member.bitfield_size ?? 0,
          ]),
        )
      if ('values' in our)
        expect(our.values.map(({ name: each, value }) => [each, Number(value)])).toEqual(
          their.values?.map(({ name: each, val }) => [each, val]),
        )
      compared++
    }
  }
  expect(compared).toBeGreaterThan(500)
})
