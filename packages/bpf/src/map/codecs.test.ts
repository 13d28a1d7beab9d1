import { Ipv4, Prefix } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import { rawCodec } from '../codec/codec.js'
import { perCpuCodec, u32Codec } from './codecs.js'
import { countCpus } from './cpus.js'
import { prefixCodec } from './lpm-trie.js'

describe('u32Codec', () => {
  it.each([0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])('keeps %d', (value) => {
    const bytes = new Uint8Array(6)
    u32Codec.write(value, bytes, 1)
    expect(u32Codec.read(bytes, 1)).toBe(value)
    expect(new DataView(bytes.buffer).getUint32(1, true)).toBe(value)
  })
})

describe('perCpuCodec', () => {
  it('rounds each value up to 8 bytes, and clears what is between', () => {
    const codec = perCpuCodec(rawCodec(12), 2)
    const bytes = new Uint8Array(40).fill(0xff)
    const values = [new Uint8Array(12).fill(1), new Uint8Array(12).fill(2)]
    codec.write(values, bytes, 4)
    expect(codec.sizeBytes).toBe(32)
    expect([...bytes]).toEqual([255, 255, 255, 255, ...Array(12).fill(1), 0, 0, 0, 0, ...Array(12).fill(2), 0, 0, 0, 0, 255, 255, 255, 255])
    expect(codec.read(bytes, 4)).toEqual(values)
    expect(() => codec.write(values.slice(1), bytes, 0)).toThrow(RangeError)
  })
})

describe('prefixCodec', () => {
  it('has the length in the machine’s order, the address in the network’s', () => {
    const bytes = new Uint8Array(20)
    prefixCodec(4).write(Prefix.parse('10.1.2.0/24').unwrap(), bytes, 0)
    expect([...bytes.subarray(0, 8)]).toEqual([24, 0, 0, 0, 10, 1, 2, 0])
    const six = Prefix.parse('2001:db8::/32').unwrap()
    prefixCodec(6).write(six, bytes, 0)
    expect(`${prefixCodec(6).read(bytes, 0)}`).toBe('2001:db8::/32')
    expect(() => prefixCodec(4).write(six, bytes, 0)).toThrow(RangeError)
    expect(prefixCodec(4).read(new Uint8Array([99, 0, 0, 0, 1, 2, 3, 4]), 0)).toEqual(Prefix.of(Ipv4.parse('1.2.3.4').unwrap(), 32))
  })
})

describe('countCpus', () => {
  it.each([
    ['0', 1],
    ['0-3\n', 4],
    ['0-1,4-7,9', 7],
    ['', undefined],
    ['3-1', undefined],
    ['all', undefined],
  ])('%j are %s', (list, count) => {
    expect(countCpus(list)).toBe(count)
  })
})
