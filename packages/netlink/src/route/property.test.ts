import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findFilterKind } from '../filter-kind/index.js'
import { linkKinds } from '../link-kind/index.js'
import { qdiscKinds } from '../qdisc-kind/index.js'
import {
  AttributeSet,
  type Codec,
  InputFault,
  type MessageKind,
  NLMSG_HDRLEN,
  readMessage,
  u32,
  WireFault,
  Writer,
  writeMessage,
} from '../wire/index.js'
import { messageKinds } from './message-kinds.js'

/** Bytes that a codec of an attribute may read: numbers, addresses, text, lists of attributes, structs. */
const bytes = fc.oneof(
  ...[0, 1, 2, 4, 6, 8, 16].map((size) => fc.uint8Array({ minLength: size, maxLength: size })),
  fc.stringMatching(/^[a-z0-9]{1,14}$/).map((text) => new TextEncoder().encode(`${text}\0`)),
  fc.uint8Array({ maxLength: 80 }),
  fc.array(fc.uint8Array({ minLength: 4, maxLength: 8 }), { maxLength: 4 }).map(listed),
)

function listed(entries: readonly Uint8Array[]): Uint8Array {
  const out = new Writer()
  for (const entry of entries) {
    const at = out.open(1)
    out.raw(entry)
    out.close(at)
  }
  return out.take()
}

type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T

/** A value that a codec takes: what it reads from bytes that it can read; undefined when none was found. */
function valueFor(codec: Codec<any, any>, draw: Draw, parent: object): unknown {
  const set = codec instanceof AttributeSet ? codec : codec.inside?.(parent)
  if (set instanceof AttributeSet) return valuesOf(set, draw)
  for (let attempt = 0; attempt < 12; attempt++) {
    const drawn = draw(bytes)
    try {
      const value = codec.read(drawn, 0, drawn.length, parent)
      codec.write(new Writer(), value, parent)
      return value
    } catch (reason) {
      if (!(reason instanceof WireFault) && !(reason instanceof InputFault)) throw reason
    }
  }
  return undefined
}

const kindNames = [...Object.keys(linkKinds), ...Object.keys(qdiscKinds), 'bpf', 'unheard-of']

function valuesOf(set: AttributeSet, draw: Draw): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const rows = Object.entries(set.table).sort(([, one], [, other]) => Number(one.late) - Number(other.late))
  for (const [name, row] of rows) {
    if (!draw(fc.boolean())) continue
    const value = name === 'kind' || name === 'slaveKind' ? draw(fc.constantFrom(...kindNames)) : valueFor(row.codec, draw, values)
    if (value !== undefined) values[name] = value
  }
  return values
}

function encoded(kind: MessageKind, message: object): Uint8Array {
  const out = new Writer()
  writeMessage(out, kind, 16, 0, 1, message as never)
  return out.take()
}

describe.each(Object.entries(messageKinds))('%s messages', (_name, known) => {
  const kind = known as unknown as MessageKind

  it('of random values are decoded as they were encoded', () => {
    let attributes = 0
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const draw: Draw = (arbitrary) => gen(() => arbitrary)
        const family = kind.families === undefined ? undefined : draw(fc.constantFrom(...kind.families))
        const header: Record<string, unknown> = {}
        for (const [field, codec, width] of kind.header.fields as readonly (readonly [string, Codec<number>, number])[])
          if (!field.startsWith('_')) header[field] = codec.read(draw(fc.uint8Array({ minLength: width, maxLength: width })), 0, width, {})
        if (family !== undefined) header.family = family
        const values = valuesOf(kind.attributes, draw)
        attributes += Object.keys(values).length
        const bytes = encoded(kind, { ...header, attributes: values })
        expect(u32(bytes, 0)).toBe(bytes.length)
        const message = readMessage(kind, bytes, NLMSG_HDRLEN, bytes.length)
        expect(message).toEqual({ ...header, attributes: values })
        expect(encoded(kind, message)).toEqual(bytes)
      }),
      { numRuns: 60 },
    )
    expect(attributes).toBeGreaterThan(60)
  })
})

describe('the tables', () => {
  const sets = new Map<string, AttributeSet>()
  const visit = (path: string, set: AttributeSet): void => {
    sets.set(path, set)
    for (const [name, { codec }] of Object.entries(set.table)) if (codec instanceof AttributeSet) visit(`${path}.${name}`, codec)
  }
  for (const [name, kind] of Object.entries(messageKinds)) visit(name, kind.attributes as unknown as AttributeSet)
  for (const kind of Object.values(linkKinds) as { kind: string; data?: AttributeSet; slaveData?: AttributeSet }[]) {
    if (kind.data !== undefined) visit(`${kind.kind}.data`, kind.data)
    if (kind.slaveData !== undefined) visit(`${kind.kind}.slaveData`, kind.slaveData)
  }
  for (const kind of Object.values(qdiscKinds))
    if (kind.options?.wire instanceof AttributeSet) visit(`${kind.kind}.options`, kind.options.wire)
  visit('bpf.options', findFilterKind('bpf') as AttributeSet)

  it.each([...sets.keys()])('%s has each number once, of 14 bits', (name) => {
    const types = Object.values((sets.get(name) as AttributeSet).table).map(({ type }) => type)
    expect(new Set(types).size).toBe(types.length)
    for (const type of types) expect(type).toBeGreaterThan(0)
    for (const type of types) expect(type).toBeLessThan(1 << 14)
  })
})
