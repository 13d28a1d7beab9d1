import { readdirSync, readFileSync } from 'node:fs'
import { align, u16 } from '../../packages/netlink/src/wire/bytes.js'

export function fromHex(text: string): Uint8Array {
  const digits = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('')
    .replace(/\s/g, '')
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const goldenDirectory = new URL('../../packages/netlink/testdata/golden/', import.meta.url)

/** Whole messages, captured from iproute2 and the kernel. */
export const golden: readonly Uint8Array[] = readdirSync(goldenDirectory)
  .filter((name) => name.endsWith('.hex'))
  .map((name) => fromHex(readFileSync(new URL(name, goldenDirectory), 'utf8')))

/** Every run of attributes in them, however deep: what sets and codecs of values are tried with. */
export const payloads: readonly Uint8Array[] = [...found()]

function* found(): Generator<Uint8Array> {
  const seen = new Set<string>()
  function* inside(bytes: Uint8Array, depth: number): Generator<Uint8Array> {
    const key = toHex(bytes)
    if (seen.has(key)) return
    seen.add(key)
    yield bytes
    if (depth === 0) return
    for (const skip of [0, 4, 8, 12, 16]) {
      const inner: Uint8Array[] = []
      let at = skip
      while (at + 4 <= bytes.length) {
        const length = u16(bytes, at)
        if (length < 4 || at + length > bytes.length) break
        inner.push(bytes.slice(at + 4, at + length))
        at += align(length)
      }
      // not attributes at all, as a rule, when they do not end where the run does
      if (at >= bytes.length) for (const one of inner) yield* inside(one, depth - 1)
    }
  }
  for (const message of golden) yield* inside(message.slice(16), 5)
}

/** An input that once broke a target. */
export interface Regression {
  readonly file: string
  readonly target: string
  readonly input: Uint8Array
}

const regressionDirectory = new URL('corpus/', import.meta.url)

export const regressions: readonly Regression[] = readdirSync(regressionDirectory)
  .filter((name) => name.endsWith('.hex'))
  .map((file) => {
    const text = readFileSync(new URL(file, regressionDirectory), 'utf8')
    const target = /^# target: (.+)$/m.exec(text)?.[1] ?? ''
    return { file, target, input: fromHex(text) }
  })
