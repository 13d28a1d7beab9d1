import { execFileSync } from 'node:child_process'
import { disassemble, loadRaw, renderDisassembly } from '@axoneme/bpf'
import { expect } from 'vitest'
import {
  assemble,
  atomic,
  call,
  exit,
  goto,
  type Line,
  label,
  ld64,
  ldMapFd,
  ldMapValue,
  ldx,
  mov,
  movr,
  raw,
  st,
  stx,
} from './bpf-assemble.js'
import { load } from './bpf-hooks.js'
import { mapFd } from './bpf-map-fd.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const operations = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xc0]
const conditions = [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0]

/** Every opcode that a program of the first generation can have, so that all of them are walked. */
function everything(array: number, hash: number): Line[] {
  const lines: Line[] = [movr(6, 1), mov(1, 7), mov(2, 3), mov(0, 1)]
  for (const operation of operations)
    for (const width of [0x07, 0x04]) lines.push(raw(width | operation, 1, 0, 0, 5), raw(width | operation | 8, 1, 2))
  lines.push(raw(0xb4, 3, 0, 0, -1), raw(0xbc, 4, 3), raw(0x87, 4), raw(0x84, 4), raw(0xb7, 5, 0, 0, -2))
  for (const bits of [16, 32, 64]) lines.push(raw(0xdc, 4, 0, 0, bits), raw(0xd4, 4, 0, 0, bits))
  for (const condition of conditions)
    for (const width of [0x05, 0x06]) lines.push(raw(width | condition, 1, 0, 0, -3), raw(width | condition | 8, 1, 2))
  for (const size of ['u8', 'u16', 'u32', 'u64'] as const) lines.push(st(size, 10, -8, 1), stx(size, 10, -16, 1), ldx(size, 3, 10, -8))
  lines.push(ld64(3, 0x1234_5678_9abc_def0n), ldMapFd(3, hash), ldMapValue(4, array, 4))
  for (const width of ['u32', 'u64'] as const) {
    lines.push(st('u64', 10, -8, 1))
    for (const operation of [0x00, 0x40, 0x50, 0xa0])
      lines.push(mov(2, 1), atomic(width, 10, -8, 2, operation), atomic(width, 10, -8, 2, operation | 1))
    lines.push(atomic(width, 10, -8, 2, 0xe1), mov(0, 1), mov(2, 1), atomic(width, 10, -8, 2, 0xf1))
  }
  lines.push(movr(1, 6), raw(0x30, 0, 0, 0, 3), mov(7, 2), raw(0x48, 0, 7, 0, 1), raw(0x20, 0, 0, 0, 4))
  lines.push(call(7), call(5), goto('end'), label('end'), mov(0, 0), exit)
  return lines
}

/** What kernels since 6.6 (v4 of the instruction set) have besides. */
const later: readonly Line[] = [
  mov(1, 7),
  mov(2, 3),
  raw(0xbf, 1, 2, 8),
  raw(0xbf, 1, 2, 16),
  raw(0xbf, 1, 2, 32),
  raw(0xbc, 1, 2, 8),
  raw(0xbc, 1, 2, 16),
  raw(0x37, 1, 0, 1, 5),
  raw(0x3f, 1, 2, 1),
  raw(0x97, 1, 0, 1, 5),
  raw(0x9c, 1, 2, 1),
  raw(0xd7, 1, 0, 0, 16),
  raw(0xd7, 1, 0, 0, 32),
  raw(0xd7, 1, 0, 0, 64),
  st('u64', 10, -8, -1),
  raw(0x91, 3, 10, -8),
  raw(0x89, 3, 10, -8),
  raw(0x81, 3, 10, -8),
  raw(0x06, 0, 0, 0, 0),
  mov(0, 0),
  exit,
]

/** The kernel's own words for each slot, from the verifier's log. */
function wordsOf(log: string): Map<number, string> {
  const words = new Map<number, string>()
  for (const [, slot = '', text = ''] of log.matchAll(/^(\d+): \([0-9a-f]{2}\) (.*?)(?: +;.*)?$/gm)) words.set(Number(slot), text)
  return words
}

function compareWithLog(lines: readonly Line[], normalise: (text: string) => string = (text) => text): number {
  const instructions = assemble(...lines)
  const loaded = loadRaw(sys, { type: 'socket_filter', instructions, license: 'GPL', name: 'axm_words', log: { level: 2 } })
  if ('fd' in loaded) sys.close(loaded.fd)
  else throw new Error(`errno ${loaded.errno}: ${loaded.log.slice(-500)}`)
  const words = wordsOf(loaded.log)
  for (const { slot, text } of disassemble(instructions)) {
    const theirs = words.get(slot)
    if (theirs !== undefined) expect(normalise(text), `slot ${slot}`).toBe(normalise(theirs))
  }
  return words.size
}

kernelTest('bpf program > instructions as text are the words of the verifier', { needs: [] }, async () => {
  using array = mapFd('array', 4, 8, 1)
  using hash = mapFd('hash', 4, 8, 1)
  // the verifier shows the address of a map instead of its descriptor
  const plain = (text: string): string => text.replace(/= (map\[.*|0x[0-9a-f]{9,})$/, '= <constant>')
  // not every slot is walked: conditions on known numbers have one side only
  expect(compareWithLog(everything(array.fd, hash.fd), plain)).toBeGreaterThan(120)
})

kernelTest('bpf program > instructions of the fourth version are the words of the verifier', { needs: [] }, async () => {
  const instructions = assemble(...later)
  const loaded = loadRaw(sys, { type: 'socket_filter', instructions, license: 'GPL', name: 'axm_words', log: { level: 2 } })
  if ('fd' in loaded) {
    sys.close(loaded.fd)
    expect(compareWithLog(later)).toBe(later.length)
  } else expect(loaded.log).toMatch(/reserved field|unknown opcode|uses reserved|invalid/)
})

kernelTest('bpf program > a listing of what the kernel runs is what bpftool prints', { needs: [] }, async () => {
  using array = mapFd('array', 4, 8, 1)
  using hash = mapFd('hash', 4, 8, 1)
  using program = load('socket_filter', everything(array.fd, hash.fd))
  const { id } = program.info().unwrap()
  const theirs = execFileSync('bpftool', ['prog', 'dump', 'xlated', 'id', String(id)], { encoding: 'utf8', timeout: 60_000 })
  const ours = renderDisassembly(program.xlated().unwrap().instructions, { mapsBy: 'id' })
  // helpers stand there as distances in the kernel's memory, which bpftool looks up in its symbols
  const plain = (text: string): string[] =>
    text
      .trim()
      .split('\n')
      .map((line) => line.trim().replace(/call .*/, 'call'))
  expect(plain(ours)).toEqual(plain(theirs))
  expect(plain(ours).length).toBeGreaterThan(120)
})
