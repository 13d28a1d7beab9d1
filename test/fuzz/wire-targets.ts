import { type Acknowledgement, readAcknowledgement, refusal } from '../../packages/netlink/src/transport/index.js'
import { answer, done, type Sent } from '../../packages/netlink/src/transport/scripted-kernel.js'
import * as composite from '../../packages/netlink/src/wire/composite.js'
import {
  AttributeSet,
  attribute,
  attributePath,
  attributeSet,
  type Codec,
  type Frame,
  frames,
  type MessageKind,
  missingPath,
  readMessage,
  textCodec,
  u8Codec,
  u16,
  u16Codec,
  u32Codec,
} from '../../packages/netlink/src/wire/index.js'
import { attempted, bounded, codecContract, staysWithin, survivesRewriting } from './contract.js'
import { golden, payloads } from './corpus.js'
import type { Target } from './engine.js'
import { type Form, type Found, isCodec } from './exports.js'
import { watchdog } from './watchdog.js'

const typesOf = (kind: MessageKind): readonly number[] => Object.values(kind.types)
const goldenOf = (kind: MessageKind): readonly Uint8Array[] => {
  const own = golden.filter((message) => typesOf(kind).includes(u16(message, 4)))
  return own.length > 0 ? own : golden
}

/** The payloads that a codec makes something of. */
function seedsFor(name: string, codec: Codec<any, any>): readonly Uint8Array[] {
  const fitting = payloads.filter((bytes) => {
    watchdog.trying(name, bytes)
    try {
      const value: unknown = codec.read(bytes, 0, bytes.length, {})
      return !(codec instanceof AttributeSet) || Object.keys(value as object).some((key) => !key.startsWith('#'))
    } catch {
      // what is wrong with it, the fuzzer is to find
      return false
    }
  })
  watchdog.resting()
  return fitting.length > 0 ? fitting.slice(0, 64) : payloads
}

export function messageTarget(kind: MessageKind, views: readonly ((message: any) => unknown)[]): Target {
  const read = (bytes: Uint8Array, start: number, end: number) => readMessage(kind, bytes, start, end)
  return {
    name: `message ${kind.name}`,
    weight: 12,
    seeds: goldenOf(kind).map((message) => message.slice(16)),
    run(input, _random, thorough) {
      const message = attempted(input, read)
      if (message !== undefined) for (const view of views) view(message)
      if (!thorough) return
      bounded(input, message)
      staysWithin(input, read, message)
      if (message !== undefined) survivesRewriting(kind, message)
    },
  }
}

export function viewTarget(name: string, kind: MessageKind, view: (message: any) => unknown): Target {
  return {
    name: `view ${name}`,
    weight: 4,
    seeds: goldenOf(kind).map((message) => message.slice(16)),
    run(input, _random, thorough) {
      const message = attempted(input, (bytes, start, end) => readMessage(kind, bytes, start, end))
      if (message === undefined) return
      const { attributes: _all, ...shown } = (view(message) ?? {}) as { attributes?: unknown }
      // what goes over a wire of the caller's: every value shows as text
      if (thorough)
        bounded(
          input,
          JSON.parse(
            JSON.stringify(shown, (_key, value) =>
              typeof value === 'bigint' ? `${value}` : value instanceof Uint8Array ? [...value] : value,
            ),
          ),
        )
    },
  }
}

export function pathTarget(kind: MessageKind): Target {
  return {
    name: `path ${kind.name}`,
    weight: 3,
    seeds: goldenOf(kind),
    run(input, random) {
      const offset = random.below(16) === 0 ? random.next() : random.below(input.length + 8)
      for (const path of [
        attributePath(kind, input, offset),
        missingPath(kind, input, random.below(80), random.below(4) === 0 ? undefined : offset & ~3),
      ])
        if (typeof path !== 'string' || path.length > 512) throw new Error(`a path of ${path.length} characters`)
    },
  }
}

export function setTarget(name: string, set: Codec<any, any>): Target {
  return {
    name: `set ${name}`,
    weight: 2,
    seeds: seedsFor(`set ${name}`, set),
    run: (input, _random, thorough) => codecContract(set, input, thorough),
  }
}

/** Codecs of single values: the first byte says which. */
export function valueTarget(name: string, codecs: readonly Codec<any, any>[]): Target {
  return {
    name,
    weight: 8,
    seeds: payloads.filter(({ length }) => length < 64),
    run(input, _random, thorough) {
      const codec = codecs[(input[0] ?? 0) % codecs.length] as Codec<any, any>
      codecContract(codec, input.subarray(1), thorough)
    },
  }
}

export function formTarget(name: string, form: Form): Target {
  return {
    name: `form ${name}`,
    weight: 3,
    seeds: seedsFor(`form ${name}`, form.wire),
    run(input, _random, thorough) {
      const value = attempted(input, (bytes, start, end) => form.wire.read(bytes, start, end, {}))
      if (value === undefined) return
      const options = form.fromWire(value)
      if (thorough) bounded(input, options)
    },
  }
}

export const framesTarget: Target = {
  name: 'frames',
  weight: 6,
  seeds: golden.map((message, at) => Uint8Array.from([...message, ...(golden[(at + 1) % golden.length] as Uint8Array)])),
  run(input, random) {
    const length = random.below(4) === 0 ? random.below(input.length + 1) : input.length
    attempted(input, () => {
      let end = 0
      for (const frame of frames(input, length)) {
        if (frame.start < end || frame.end > length || frame.end - frame.start < 16)
          throw new Error(`a frame from ${frame.start} to ${frame.end} of ${length} bytes`)
        end = frame.end
      }
    })
  },
}

const vxlan = golden.find((message) => Buffer.from(message).includes('vxlan')) as Uint8Array
const request: Sent = { type: 16, flags: 5, sequence: 7, bytes: vxlan }
const words = { message: 'Invalid VNI', offset: 60, missingType: 1, missingNest: 52 }

export function acknowledgementTarget(kind: MessageKind): Target {
  return {
    name: 'readAcknowledgement',
    weight: 8,
    seeds: [
      answer(request),
      answer(request, 22, words),
      answer(request, 22, words, true),
      answer(request, 17, undefined, true),
      answer(request, 0, { message: 'a warning' }),
      done(request, 95),
      done(request),
    ],
    run(input, random, thorough) {
      for (const atEnd of [false, true]) {
        const frame: Frame = { type: 2, flags: u16(input, 6), sequence: 7, port: 0, start: 0, end: input.length }
        const read = (bytes: Uint8Array, start: number, end: number): Acknowledgement =>
          readAcknowledgement(bytes, { ...frame, start, end }, atEnd)
        const said = input.length < 16 ? undefined : attempted(input, read)
        if (said === undefined) continue
        if (!(said.errno >= 0 && said.errno <= 4095)) throw new Error(`errno ${said.errno}`)
        if (thorough) staysWithin(input, read, said)
        const error = refusal({ what: 'a request', kind, type: 16, flags: 0, message: {} }, random.below(2) === 0 ? vxlan : input, said)
        if (!Object.isFrozen(error) || error.message.length > 5000) throw new Error(`an error of ${error.message.length} characters`)
      }
    },
  }
}

const inner = attributeSet({ number: attribute(1, u32Codec()), text: attribute(2, textCodec(15)) })

/** Each way to make a codec, with what it is made of; a new one in wire/composite.ts fails until it is here. */
const made: Readonly<Record<keyof typeof composite, () => Codec<any, any>>> = {
  struct: () =>
    composite.struct(
      [
        ['one', u8Codec(), 1],
        ['_pad', u8Codec(), 1],
        ['two', u16Codec(), 2],
        ['three', u32Codec(), 4],
      ],
      4,
    ),
  array: () => composite.array(u16Codec(), 2),
  list: () => composite.list(1, inner, { counted: true, nested: true }),
  chosen: () => composite.chosen<any, any>(() => inner),
  named: () => composite.named({ one: 1, two: 2 }, u8Codec()),
}

/** Every codec that the wire's modules make. */
export function wireCodecs(wire: ReadonlyMap<string, unknown>): Codec<any, any>[] {
  const codecs = Object.values(made).map((make) => make())
  for (const [name, value] of wire) {
    if (typeof value !== 'function' || !name.endsWith('Codec')) continue
    const codec: unknown = value(name === 'textCodec' ? 15 : undefined)
    if (!isCodec(codec)) throw new Error(`${name} makes no codec`)
    codecs.push(codec)
  }
  return codecs
}

export const madeNames: readonly string[] = Object.keys(made)

/** Targets of all that is found, but for views. */
export function foundTargets({ codecs, forms }: Found): Target[] {
  const sets = [...codecs].filter(([, codec]) => codec instanceof AttributeSet)
  const values = [...codecs].filter(([, codec]) => !(codec instanceof AttributeSet)).map(([, codec]) => codec)
  return [
    ...sets.map(([name, set]) => setTarget(name, set)),
    ...[...forms].map(([name, form]) => formTarget(name, form)),
    ...[...Array(Math.ceil(values.length / 256)).keys()].map((at) => valueTarget(`values ${at}`, values.slice(at * 256, at * 256 + 256))),
  ]
}
