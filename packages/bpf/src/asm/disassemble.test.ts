import { describe, expect, test } from 'vitest'
import { disassemble, renderDisassembly } from './disassemble.js'
import { concat, encode, encodeLoad64 } from './encode.js'
import { helperCount, helperName, helperNumber } from './helper-names.js'
import { Instructions } from './instruction.js'

/** opcode, destination, source, offset, immediate: and the kernel's words for it (kernel/bpf/disasm.c, Linux 6.18) */
const golden: readonly (readonly [text: string, opcode: number, dst?: number, src?: number, offset?: number, immediate?: number])[] = [
  ['r1 += 5', 0x07, 1, 0, 0, 5],
  ['w1 += 5', 0x04, 1, 0, 0, 5],
  ['r1 += r2', 0x0f, 1, 2],
  ['w1 -= w2', 0x1c, 1, 2],
  ['r1 *= -3', 0x27, 1, 0, 0, -3],
  ['r1 /= r2', 0x3f, 1, 2],
  ['r1 s/= r2', 0x3f, 1, 2, 1],
  ['w1 s%= 7', 0x94, 1, 0, 1, 7],
  ['r1 %= 7', 0x97, 1, 0, 0, 7],
  ['r1 |= 1', 0x47, 1, 0, 0, 1],
  ['r1 &= 255', 0x57, 1, 0, 0, 255],
  ['r1 <<= 32', 0x67, 1, 0, 0, 32],
  ['r1 >>= 32', 0x77, 1, 0, 0, 32],
  ['r1 s>>= 32', 0xc7, 1, 0, 0, 32],
  ['r1 ^= r3', 0xaf, 1, 3],
  ['r1 = -r1', 0x87, 1],
  ['w1 = -w1', 0x84, 1],
  ['r1 = 7', 0xb7, 1, 0, 0, 7],
  ['w1 = -1', 0xb4, 1, 0, 0, -1],
  ['r1 = r2', 0xbf, 1, 2],
  ['r1 = (s8)r2', 0xbf, 1, 2, 8],
  ['w1 = (s16)w2', 0xbc, 1, 2, 16],
  ['r1 = addr_space_cast(r2, 0, 1)', 0xbf, 1, 2, 1, 1],
  ['r1 = &(void __percpu *)(r2)', 0xbf, 1, 2, -1],
  ['r1 = be16 r1', 0xdc, 1, 0, 0, 16],
  ['r1 = le32 r1', 0xd4, 1, 0, 0, 32],
  ['r1 = bswap64 r1', 0xd7, 1, 0, 0, 64],
  ['r1 = *(u32 *)(r2 +4)', 0x61, 1, 2, 4],
  ['r1 = *(u8 *)(r10 -1)', 0x71, 1, 10, -1],
  ['r1 = *(u64 *)(r2 +0)', 0x79, 1, 2],
  ['r1 = *(s8 *)(r2 +1)', 0x91, 1, 2, 1],
  ['r1 = *(s16 *)(r2 +2)', 0x89, 1, 2, 2],
  ['r1 = *(s32 *)(r2 +4)', 0x81, 1, 2, 4],
  ['*(u16 *)(r10 -8) = 7', 0x6a, 10, 0, -8, 7],
  ['*(u64 *)(r10 -8) = r1', 0x7b, 10, 1, -8],
  ['r0 = *(u16 *)skb[12]', 0x28, 0, 0, 0, 12],
  ['r0 = *(u8 *)skb[r3 + 9]', 0x50, 0, 3, 0, 9],
  ['lock *(u64 *)(r1 +8) += r2', 0xdb, 1, 2, 8, 0x00],
  ['lock *(u32 *)(r1 +0) &= r2', 0xc3, 1, 2, 0, 0x50],
  ['r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)', 0xdb, 1, 2, 0, 0x01],
  ['r2 = atomic_fetch_xor((u32 *)(r1 +0), r2)', 0xc3, 1, 2, 0, 0xa1],
  ['r2 = atomic64_xchg((u64 *)(r1 -8), r2)', 0xdb, 1, 2, -8, 0xe1],
  ['r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)', 0xc3, 1, 2, 0, 0xf1],
  ['r1 = load_acquire((u64 *)(r2 +0))', 0xdb, 1, 2, 0, 0x100],
  ['store_release((u8 *)(r1 +1), r2)', 0xd3, 1, 2, 1, 0x110],
  ['if r1 s> 0x5 goto pc+3', 0x65, 1, 0, 3, 5],
  ['if w1 == 0xffffffff goto pc-2', 0x16, 1, 0, -2, -1],
  ['if r1 & r2 goto pc+0', 0x4d, 1, 2],
  ['if w1 s<= w2 goto pc+1', 0xde, 1, 2, 1],
  ['goto pc+7', 0x05, 0, 0, 7],
  ['gotol pc-70000', 0x06, 0, 0, 0, -70_000],
  ['may_goto pc+2', 0xe5, 0, 0, 2],
  ['call bpf_map_lookup_elem#1', 0x85, 0, 0, 0, 1],
  ['call unknown#5000', 0x85, 0, 0, 0, 5000],
  ['call pc+9', 0x85, 0, 1, 0, 9],
  ['call kernel-function#77', 0x85, 0, 2, 0, 77],
  ['callx r3', 0x8d, 3],
  ['exit', 0x95],
  ['unknown: ff00000000000000', 0xff],
  ['unknown: 9600000000000000', 0x96],
]

describe('disassemble', () => {
  test.for(golden)('%s', ([text, opcode, dst, src, offset, immediate]) => {
    const [line] = [...disassemble(encode(opcode, dst, src, offset, immediate))]
    expect(line).toEqual({ slot: 0, opcode, text })
  })

  test.each([
    [0, 0x1234_5678_9abcn, 'r1 = 0x123456789abc'],
    [0, 0xffff_ffff_ffff_ffffn, 'r1 = 0xffffffffffffffff'],
    [1, 5n, 'r1 = map[fd:5]'],
    [2, (8n << 32n) | 5n, 'r1 = map[fd:5][0]+8'],
    [3, 7n, 'r1 = btf[7]'],
    [3, (9n << 32n) | 7n, 'r1 = btf[7] of module[fd:9]'],
    [4, 4n, 'r1 = subprog[+4]'],
    [5, 2n, 'r1 = map[idx:2]'],
    [6, (4n << 32n) | 2n, 'r1 = map[idx:2][0]+4'],
  ])('a constant of source %i, %i: %s', (source, value, text) => {
    const code = concat([encodeLoad64(1, value, source), encode(0x95)])
    expect([...disassemble(code)].map((line) => [line.slot, line.text])).toEqual([
      [0, text],
      [2, 'exit'],
    ])
  })

  test('half a constant at the end is shown as bytes', () => {
    expect([...disassemble(encode(0x18, 1))].map(({ text }) => text)).toEqual(['unknown: 1801000000000000'])
  })

  test('maps by id, kfuncs by a name that is found', () => {
    const code = concat([encodeLoad64(1, 5n, 1), encode(0x85, 0, 2, 3, 77)])
    const kfuncName = (id: number, module: number): string => `kfunc_${id}_of_${module}`
    expect([...disassemble(code, { mapsBy: 'id', kfuncName })].map(({ text }) => text)).toEqual(['r1 = map[id:5]', 'call kfunc_77_of_3#77'])
  })

  test('lines of C stand before what they are of', () => {
    const line = { slot: 1, file: 'a.c', text: '  return 7;', line: 3, column: 1, raw: [0, 0, 0] as const }
    const code = new Instructions(concat([encode(0xb7, 0, 0, 0, 7), encode(0x95)]))
    expect([...disassemble(code, { lines: [line] })][1]).toMatchObject({ source: line })
    expect(renderDisassembly(code, { lines: [line] })).toBe('   0: (b7) r0 = 7\n; return 7;\n   1: (95) exit')
  })
})

describe('helper names', () => {
  test.each([
    [1, 'map_lookup_elem'],
    [69, 'fib_lookup'],
    [155, 'redirect_peer'],
    [181, 'loop'],
    [211, 'cgrp_storage_delete'],
  ])('%i is %s', (number, name) => {
    expect(helperName(number)).toBe(name)
    expect(helperNumber(name)).toBe(number)
    expect(helperNumber(`bpf_${name}`)).toBe(number)
  })
  test('what is not in the list', () => {
    expect(helperCount).toBe(212)
    expect(helperName(212)).toBeUndefined()
    expect(helperNumber('no_such')).toBeUndefined()
  })
})
