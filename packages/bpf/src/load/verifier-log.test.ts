import { describe, expect, it } from 'vitest'
import type { ProgramRejected } from '../errors.js'
import { adviceFor, logLines, refusedSlot, renderVerifierLog, sourceOf, summaryOf } from './verifier-log.js'

const end = (count: number): string =>
  `processed ${count} insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0`

/** logs of Linux 6.1 and 6.18: what tells, which instruction, and what is advised */
const logs: readonly (readonly [
  what: string,
  log: string,
  telling: readonly string[],
  slot: number | undefined,
  advice: RegExp | undefined,
])[] = [
  [
    'packet bounds, 6.18',
    `func#0 @0\n0: R1=ctx() R10=fp0\n; void *data = (void *)(long)ctx->data; @ packet.bpf.c:8\n0: (61) r1 = *(u32 *)(r1 +0)          ; R1_w=pkt(r=0)\n; return *(char *)data; @ packet.bpf.c:9\n1: (71) r0 = *(u8 *)(r1 +13)\ninvalid access to packet, off=13 size=1, R1(id=0,off=13,r=0)\nR1 offset is outside of the packet\n${end(2)}\n`,
    ['1: (71) r0 = *(u8 *)(r1 +13)', 'invalid access to packet, off=13 size=1, R1(id=0,off=13,r=0)', 'R1 offset is outside of the packet'],
    1,
    /data_end/,
  ],
  [
    'packet bounds, 6.1',
    `0: R1=ctx(off=0,imm=0) R10=fp0\n; return *(char *)data;\n1: (71) r0 = *(u8 *)(r1 +13)\ninvalid access to packet, off=13 size=1, R1(id=0,off=13,r=0)\nR1 offset is outside of the packet\n${end(2)}`,
    ['1: (71) r0 = *(u8 *)(r1 +13)', 'invalid access to packet, off=13 size=1, R1(id=0,off=13,r=0)', 'R1 offset is outside of the packet'],
    1,
    /data_end/,
  ],
  [
    'a loop without end',
    `1: (07) r0 += 1                       ; R0_w=2\n2: (05) goto pc-2\ninfinite loop detected at insn 1\ncur state: R0=1 R10=fp0\n${end(12)}`,
    ['2: (05) goto pc-2', 'infinite loop detected at insn 1', 'cur state: R0=1 R10=fp0'],
    2,
    /Bound the loop/,
  ],
  [
    'a register never written',
    `0: R1=ctx() R10=fp0\n0: (95) exit\nR0 !read_ok\n${end(1)}`,
    ['0: (95) exit', 'R0 !read_ok'],
    0,
    /Give the variable a value/,
  ],
  [
    'a reference kept',
    `9: (85) call bpf_sk_lookup_tcp#84     ; R0_w=sock_or_null(id=2,ref_obj_id=2) refs=2\n10: (95) exit\nUnreleased reference id=2 alloc_insn=9\n${end(11)}`,
    ['10: (95) exit', 'Unreleased reference id=2 alloc_insn=9'],
    10,
    /Release on every way out/,
  ],
  [
    'a lookup not compared with null',
    `5: (85) call bpf_map_lookup_elem#1    ; R0_w=map_value_or_null(id=1,map=m,ks=4,vs=8)\n6: (79) r0 = *(u64 *)(r0 +0)\nR0 invalid mem access 'map_value_or_null'\n${end(7)}`,
    ['6: (79) r0 = *(u64 *)(r0 +0)', "R0 invalid mem access 'map_value_or_null'"],
    6,
    /with null/,
  ],
  [
    'an argument of another sort',
    `2: (85) call bpf_map_lookup_elem#1\nR1 type=ctx expected=map_ptr\n${end(3)}`,
    ['2: (85) call bpf_map_lookup_elem#1', 'R1 type=ctx expected=map_ptr'],
    2,
    /not of the sort/,
  ],
  [
    'stack that was not written',
    `4: (85) call bpf_map_lookup_elem#1\ninvalid indirect read from stack R2 off -4+0 size 4\n${end(5)}`,
    ['4: (85) call bpf_map_lookup_elem#1', 'invalid indirect read from stack R2 off -4+0 size 4'],
    4,
    /clear structs/,
  ],
  [
    'too much stack',
    `combined stack size of 2 calls is 544. Too large\n${end(0)}`,
    ['combined stack size of 2 calls is 544. Too large'],
    undefined,
    /512 bytes/,
  ],
  [
    'a field that the kernel lacks',
    `3: <invalid CO-RE relocation>\n3: (85) call unknown#195896080\ninvalid func unknown#195896080\n${end(4)}`,
    ['3: (85) call unknown#195896080', 'invalid func unknown#195896080'],
    3,
    /bpf_core_field_exists/,
  ],
  [
    'offsets without bounds',
    `7: (0f) r1 += r2\nmath between map_value pointer and register with unbounded min value is not allowed\n${end(8)}`,
    ['7: (0f) r1 += r2', 'math between map_value pointer and register with unbounded min value is not allowed'],
    7,
    /mask or compare/,
  ],
  [
    'a helper of others',
    `0: (85) call bpf_ktime_get_coarse_ns#160\nprogram of this type cannot use helper bpf_ktime_get_coarse_ns#160\n${end(1)}`,
    ['0: (85) call bpf_ktime_get_coarse_ns#160', 'program of this type cannot use helper bpf_ktime_get_coarse_ns#160'],
    0,
    /does not have that function/,
  ],
  [
    'a read across',
    `2: (61) r0 = *(u32 *)(r1 +2)\nmisaligned packet access off 0+0+2 size 4\n${end(3)}`,
    ['2: (61) r0 = *(u32 *)(r1 +2)', 'misaligned packet access off 0+0+2 size 4'],
    2,
    /smaller pieces/,
  ],
  ['nothing known', 'something else\n', ['something else'], undefined, undefined],
  ['nothing', '\n\n', [], undefined, undefined],
]

describe.each(logs)('%s', (_what, log, telling, slot, advice) => {
  const lines = logLines(log)
  it('is told by its last lines', () => expect(summaryOf(lines)).toEqual(telling))
  it('is of that instruction', () => expect(refusedSlot(lines)).toBe(slot))
  it('has that advice', () => (advice === undefined ? expect(adviceFor(lines)).toBeUndefined() : expect(adviceFor(lines)).toMatch(advice)))
})

describe('the line of C', () => {
  const line = (slot: number, number: number) => ({
    slot,
    file: 'a.c',
    text: `  line ${number} `,
    line: number,
    column: 3,
    raw: [0, 0, 0] as const,
  })
  it('is the last that begins before the instruction', () => {
    const lines = [line(0, 10), line(4, 11), line(9, 12)]
    expect([0, 3, 4, 8, 99].map((slot) => sourceOf(slot, lines)?.line)).toEqual([10, 10, 11, 11, 12])
    expect(sourceOf(4, lines)).toEqual({ file: 'a.c', line: 11, column: 3, text: 'line 11' })
    expect(sourceOf(undefined, lines)).toBeUndefined()
    expect(sourceOf(3, [])).toBeUndefined()
  })
})

describe('a refusal for people', () => {
  const error: ProgramRejected = {
    code: 'bpf.program-rejected',
    message: 'm',
    errno: 13,
    errnoName: 'EACCES',
    program: 'p',
    section: 'xdp',
    log: ['one', 'two', 'three'],
    summary: ['three'],
    source: { file: 'a.c', line: 3, column: 5, text: 'return x;' },
    hint: 'Do.',
  }
  it('has what tells, and as much of the log as is wanted', () => {
    expect(renderVerifierLog(error).split('\n')).toEqual([
      'program p (xdp) was refused by the verifier',
      '  at a.c:3:5',
      '    return x;',
      '  three',
      '  Do.',
    ])
    expect(renderVerifierLog(error, { lines: 2 }).split('\n').slice(-3)).toEqual(['  (1 lines left out)', '  | two', '  | three'])
    expect(renderVerifierLog(error, { lines: 9 })).not.toContain('left out')
  })
})
