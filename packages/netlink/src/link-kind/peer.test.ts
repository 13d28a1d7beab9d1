import { describe, expect, it } from 'vitest'
import { irregular, WireFault, Writer } from '../wire/index.js'
import { linkHeader, peerLink } from './peer.js'
import { vethData } from './veth.js'

function write(value: Parameters<typeof peerLink.write>[1]): string {
  const out = new Writer()
  peerLink.write(out, value, {})
  return Buffer.from(out.take()).toString('hex')
}

const zeros = '00'.repeat(linkHeader.size)

describe("a pair's other end", () => {
  it('is a header of zeros and attributes', () => {
    expect(write({ name: 'e1' })).toBe(`${zeros}0700030065310000`)
    const bytes = Uint8Array.from(Buffer.from(`${zeros}0700030065310000`, 'hex'))
    expect(peerLink.read(bytes, 0, bytes.length, {})).toEqual({ name: 'e1' })
    expect(irregular.met).toBe(false)
  })

  it('may be made in a namespace, by descriptor or by process', () => {
    expect(write({ name: 'e1', netns: { fd: 7 } })).toBe(`${zeros}070003006531000008001c0007000000`)
    expect(write({ name: 'e1', netns: { pid: 7 } })).toBe(`${zeros}07000300653100000800130007000000`)
  })

  it('with something in its header is kept', () => {
    const bytes = Uint8Array.from(Buffer.from(`1c00010009${zeros.slice(2)}0700030065310000`, 'hex'))
    const values = vethData.read(bytes, 0, bytes.length)
    const out = new Writer()
    vethData.write(out, values)
    expect(out.take()).toEqual(bytes)
  })

  it('shorter than its header is malformed', () => {
    expect(() => peerLink.read(new Uint8Array(15), 0, 15, {})).toThrow(WireFault)
  })

  it('is found by offset, and what it lacks by name', () => {
    const out = new Writer()
    vethData.write(out, { peer: { name: 'e1', mtu: 1500 } })
    const bytes = out.take()
    expect(vethData.path(bytes, 0, bytes.length, 4 + 16)).toBe('peer.name')
    expect(vethData.path(bytes, 0, bytes.length, 4 + 16 + 8)).toBe('peer.mtu')
    expect(vethData.path(bytes, 0, bytes.length, 6)).toBe('peer')
    expect(vethData.path(bytes, 0, bytes.length, 0, 3)).toBe('peer.name')
  })
})
