import { describe, expect, it } from 'vitest'
import { frames, NLM_F_ACK_TLVS, NLM_F_CAPPED, putU16, putU32, WireFault } from '../wire/index.js'
import { readAcknowledgement } from './extended-ack.js'
import { answer, done, type Sent } from './scripted-kernel.js'

const request: Sent = {
  type: 16,
  flags: 5,
  sequence: 7,
  bytes: Uint8Array.from({ length: 40 }, (_, at) => (at === 0 ? 40 : at === 4 ? 16 : 0)),
}

function read(bytes: Uint8Array, atEnd = false) {
  const [frame] = frames(bytes, bytes.length)
  if (frame === undefined) throw new Error('no frame')
  return readAcknowledgement(bytes, frame, atEnd)
}

describe('an acknowledgement', () => {
  it('without an error is errno 0', () => {
    expect(read(answer(request))).toEqual({ errno: 0 })
    expect(read(answer(request, 0, { message: 'a warning' }))).toMatchObject({ errno: 0, message: 'a warning' })
  })

  it.each([
    ['capped', false],
    ['with the whole request', true],
  ])('%s gives the words of the kernel', (_name, whole) => {
    expect(read(answer(request, 22, undefined, whole))).toEqual({ errno: 22 })
    expect(read(answer(request, 22, { message: 'Invalid VNI', offset: 36 }, whole))).toEqual({
      errno: 22,
      message: 'Invalid VNI',
      offset: 36,
      missingType: undefined,
      missingNest: undefined,
    })
    expect(read(answer(request, 22, { missingType: 1, missingNest: 32 }, whole))).toMatchObject({ missingType: 1, missingNest: 32 })
  })

  it('takes an acknowledgement for capped, whatever its flag says', () => {
    const bytes = answer(request, 0, { message: 'a warning' })
    putU16(bytes, 6, NLM_F_ACK_TLVS)
    expect(read(bytes)).toMatchObject({ errno: 0, message: 'a warning' })
  })

  it('at the end of a dump has no request', () => {
    expect(read(done(request), true)).toEqual({ errno: 0 })
    expect(read(done(request, 4), true)).toEqual({ errno: 4 })
    const bytes = done(request, 95).slice()
    expect(read(bytes.slice(0, 16).fill(16, 0, 1), true)).toEqual({ errno: 0 })
    const withWords = Uint8Array.from([...done(request, 95), 8, 0, 1, 0, 0x6e, 0x6f, 0x21, 0])
    putU32(withWords, 0, withWords.length)
    putU16(withWords, 6, NLM_F_ACK_TLVS)
    expect(read(withWords, true)).toMatchObject({ errno: 95, message: 'no!' })
  })

  it('at the end of a dump may hold a number that is no error', () => {
    const bytes = done(request)
    putU32(bytes, 16, 1234)
    expect(read(bytes, true)).toEqual({ errno: 0 })
  })
})

describe('malformed', () => {
  const bad = (change: (bytes: Uint8Array) => Uint8Array): void => {
    const bytes = change(answer(request, 22, { message: 'no' }, true))
    expect(() => read(bytes)).toThrow(WireFault)
    try {
      read(bytes)
    } catch (reason) {
      const { offset } = reason as WireFault
      expect(offset).toBeGreaterThanOrEqual(0)
      expect(offset).toBeLessThanOrEqual(bytes.length)
    }
  }
  const sized = (bytes: Uint8Array, length: number): Uint8Array => {
    const cut = bytes.slice(0, length)
    putU32(cut, 0, length)
    return cut
  }

  it('is an error without a number', () => bad((bytes) => sized(bytes, 18)))
  it('is an error above 4095, or positive', () => {
    for (const number of [-4096, 5, 0x7fff_ffff, -0x8000_0000])
      bad((bytes) => {
        putU32(bytes, 16, number >>> 0)
        return bytes
      })
  })
  it('is an error without the request that it is for', () => bad((bytes) => sized(bytes, 24)))
  it('is a copy of the request that does not fit, however long it says it is', () => {
    for (const length of [0x100, 0x7fff_ffff, 0x8000_0000, 0xffff_fffd, 0xffff_ffff])
      bad((bytes) => {
        putU32(bytes, 20, length)
        return bytes
      })
  })
  it('is what follows when that is no attributes', () =>
    bad((bytes) => {
      putU16(bytes, 16 + 4 + 40, 3)
      return bytes
    }))
  it('is not said of a copy whose length is below that of a header', () => {
    const bytes = answer(request, 22, { message: 'no' }, true)
    putU32(bytes, 20, 3)
    expect(() => read(bytes)).toThrow(WireFault)
    putU16(bytes, 6, NLM_F_ACK_TLVS | NLM_F_CAPPED)
    expect(() => read(bytes)).toThrow(WireFault)
  })
})
