import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Mac } from './mac.js'

const runs = { numRuns: 1000 }
/** for what is cheap to try and has many ways to be wrong */
const manyRuns = { numRuns: 5000 }
const bytes = fc.uint8Array({ minLength: 6, maxLength: 6 })

function text(of: Uint8Array, separator: string): string {
  return [...of].map((byte) => byte.toString(16).padStart(2, '0')).join(separator)
}

describe('Mac', () => {
  it('parses both separators and both cases, and writes lower case between colons', () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom(':', '-'), fc.boolean(), (of, separator, upper) => {
        const given = upper ? text(of, separator).toUpperCase() : text(of, separator)
        const mac = Mac.parse(given).unwrap()
        expect(mac.bytes()).toEqual(of)
        expect(`${mac}`).toBe(text(of, ':'))
        expect(JSON.stringify(mac)).toBe(`"${text(of, ':')}"`)
      }),
      runs,
    )
  })

  it('takes nothing else: what it takes, it writes the same', () => {
    const edits = fc.array(fc.tuple(fc.nat(17), fc.nat(1), fc.constantFrom('', ':', '-', '.', '0', 'f', 'G', ' ', '\n')), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(bytes, edits, (of, changes) => {
        const given = changes.reduce((at, [place, cut, put]) => at.slice(0, place) + put + at.slice(place + cut), text(of, ':'))
        const result = Mac.parse(given)
        if (result.isOk()) expect(`${result.value}`).toBe(given)
        else
          expect(result.error).toMatchObject({
            code: 'input.invalid',
            path: '',
            message: `"${given}" is not a hardware address`,
            hint: expect.stringMatching(/./),
          })
      }),
      manyRuns,
    )
  })

  it.each([
    '',
    '02:00:5e:10:00',
    '02:00:5e:10:00:01:02',
    '02:00-5e:10:00:01',
    '2:0:5e:10:0:1',
    '02005e100001',
    '0200.5e10.0001',
    '02:00:5e:10:00:01\n',
    '0x:00:5e:10:00:01',
  ])('refuses %j', (given) => {
    expect(Mac.parse(given).unwrapErr()).toMatchObject({ code: 'input.invalid', hint: expect.any(String) })
  })

  it('refuses what is not text, and too few bytes', () => {
    for (const value of [undefined, null, 7, {}]) expect(Mac.parse(value as never).unwrapErr().code).toBe('input.invalid')
    for (const [length, offset] of [
      [5, 0],
      [8, 3],
      [8, -1],
    ] as const)
      expect(Mac.fromBytes(new Uint8Array(length), offset).unwrapErr()).toMatchObject({ code: 'input.invalid', hint: 'Give 6 bytes.' })
  })

  it('goes through bytes at any offset, and compares as numbers', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(6), (left, right, offset) => {
        const a = Mac.fromBytes(left).unwrap()
        const b = Mac.fromBytes(right).unwrap()
        const into = new Uint8Array(12).fill(0xaa)
        a.write(into, offset)
        expect(into.subarray(offset, offset + 6)).toEqual(left)
        expect(into.filter((byte, at) => (at < offset || at >= offset + 6) && byte !== 0xaa)).toHaveLength(0)
        expect(Mac.fromBytes(into, offset).unwrap().equals(a)).toBe(true)
        expect(Math.sign(a.compare(b))).toBe(Math.sign(Buffer.compare(left, right)))
        expect(a.equals(b)).toBe(text(left, '') === text(right, ''))
        expect(a.isMulticast).toBe(((left[0] as number) & 1) === 1)
        expect(a.isLocal).toBe(((left[0] as number) & 2) === 2)
      }),
      runs,
    )
  })

  it('has its constants', () => {
    expect(`${Mac.ANY} ${Mac.BROADCAST}`).toBe('00:00:00:00:00:00 ff:ff:ff:ff:ff:ff')
    expect(Mac.BROADCAST.isMulticast).toBe(true)
    expect(Mac.ANY.equals('00:00:00:00:00:00')).toBe(false)
  })
})
