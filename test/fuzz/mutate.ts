import type { Random } from './random.js'

/** No input is longer: a datagram's worth now and then, far less as a rule. */
const LONGEST = 64 << 10
const telling = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 24, 0x7f, 0x80, 0xfe, 0xff]
const tellingWide = [0, 1, 3, 4, 8, 16, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_fffd, 0xffff_ffff]

type Change = (bytes: Uint8Array, random: Random, seeds: readonly Uint8Array[]) => Uint8Array

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** a run of bytes that begins where messages and attributes begin */
function run(bytes: Uint8Array, random: Random): [begin: number, end: number] {
  const begin = random.below((bytes.length >>> 2) + 1) << 2
  return [begin, Math.min(bytes.length, begin + ((random.below(8) + 1) << 2))]
}

const changes: readonly Change[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8))
    return bytes
  },
  function setByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.below(2) === 0 ? random.pick(telling) : random.next()
    return bytes
  },
  // where lengths stand: 16 bits of an attribute, 32 of a message
  function setLength(bytes, random) {
    const at = random.below(bytes.length >>> 2) << 2
    const exact = bytes.length - at
    const value = random.pick([random.pick(telling), random.pick(tellingWide), exact, exact + 1, exact - 1, exact + 4, random.next()])
    bytes[at] = value
    bytes[at + 1] = value >>> 8
    if (random.below(4) === 0) {
      bytes[at + 2] = value >>> 16
      bytes[at + 3] = value >>> 24
    }
    return bytes
  },
  // where types stand
  function setType(bytes, random) {
    const at = (random.below(bytes.length >>> 2) << 2) + 2
    bytes[at] = random.below(70)
    if (random.below(3) === 0) bytes[at + 1] = random.pick([0, 0x40, 0x80, 0xff])
    return bytes
  },
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  (bytes, random) => joined(bytes, random.bytes(1 + random.below(24))),
  function repeat(bytes, random) {
    const [begin, end] = run(bytes, random)
    const times = random.below(16) === 0 ? random.below(400) : 1 + random.below(3)
    return joined(bytes.subarray(0, end), ...Array.from({ length: times }, () => bytes.subarray(begin, end)), bytes.subarray(end))
  },
  function remove(bytes, random) {
    const [begin, end] = run(bytes, random)
    return joined(bytes.subarray(0, begin), bytes.subarray(end))
  },
  function splice(bytes, random, seeds) {
    const other = random.pick(seeds)
    return joined(
      bytes.subarray(0, random.below((bytes.length >>> 2) + 1) << 2),
      other.subarray(random.below((other.length >>> 2) + 1) << 2),
    )
  },
  function exchange(bytes, random) {
    const [begin, end] = run(bytes, random)
    const [from] = run(bytes, random)
    bytes.copyWithin(begin, from, from + end - begin)
    return bytes
  },
]

/** A new input from the seeds: one of them with up to six changes, or nothing but random bytes. */
export function mutated(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  if (seeds.length === 0 || random.below(20) === 0) return random.bytes(random.below(random.below(8) === 0 ? 600 : 48))
  let bytes: Uint8Array = random.pick(seeds).slice()
  for (let count = 1 + random.below(random.below(3) === 0 ? 6 : 2); count > 0; count--) {
    if (bytes.length < 4) bytes = joined(bytes, random.bytes(4 + random.below(8)))
    bytes = random.pick(changes)(bytes, random, seeds)
    if (bytes.length > LONGEST) bytes = bytes.slice(0, LONGEST)
  }
  return bytes
}

const alphabet = [...'0123456789abcdefABCDEFxX.:/%-+_ ', '\0', '\n', '\t', 'ü', '\ud800', '\u{1f600}', '١']

/** The same for text. */
export function mutatedText(seeds: readonly string[], random: Random): string {
  let text = random.pick(seeds)
  for (let count = random.below(5); count > 0; count--) {
    const at = random.below(text.length + 1)
    const end = Math.min(text.length, at + random.below(4))
    switch (random.below(5)) {
      case 0:
        text = text.slice(0, at) + random.pick(alphabet) + text.slice(at)
        break
      case 1:
        text = text.slice(0, at) + text.slice(end)
        break
      case 2:
        text = text.slice(0, at) + random.pick(alphabet) + text.slice(at + 1)
        break
      case 3:
        text = text.slice(0, at) + text.slice(at, end).repeat(random.below(random.below(8) === 0 ? 300 : 4)) + text.slice(end)
        break
      default:
        text = text.slice(0, at) + random.pick(seeds).slice(random.below(8))
    }
    if (text.length > 4096) text = text.slice(0, 4096)
  }
  return text
}
