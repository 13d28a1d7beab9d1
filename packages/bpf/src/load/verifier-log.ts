import type { LineInfo } from '../btf/ext.js'
import type { ProgramRejected } from '../errors.js'

const SUMMARY_LINES = 3
/** what stands at the end of every log, or tells of the work, not of the fault */
const NOISE =
  /^(processed \d+ insns|verification time|stack depth|max_states|mark_precise|func#|arg#\d+ reference type|-- BEGIN|-- END|\s*$)/
/** the state of registers, which says what but not why */
const STATE = /^(\d+: )?(R\d+(_w)?=|from \d+ to \d+|frame\d+:|; )/
const INSTRUCTION = /^(\d+): \([0-9a-f]{2}\)/

/** The lines of a log without the empty ones at its end. */
export function logLines(log: string): string[] {
  const lines = log.split('\n')
  while (lines.length > 0 && (lines.at(-1) ?? '').trim() === '') lines.pop()
  return lines
}

/** The last lines that say what is wrong. */
export function summaryOf(lines: readonly string[]): string[] {
  const telling: string[] = []
  for (let at = lines.length - 1; at >= 0 && telling.length < SUMMARY_LINES; at--) {
    const line = lines[at] as string
    if (NOISE.test(line)) continue
    // the instruction that was refused is the first of what tells
    if (INSTRUCTION.test(line)) {
      telling.unshift(line)
      break
    }
    if (!STATE.test(line)) telling.unshift(line)
  }
  return telling
}

/** The instruction that the verifier looked at last: the one that it refused. */
export function refusedSlot(lines: readonly string[]): number | undefined {
  for (let at = lines.length - 1; at >= 0; at--) {
    const match = INSTRUCTION.exec(lines[at] as string)
    if (match !== null) return Number(match[1])
  }
  return undefined
}

/** The line of C that an instruction is of. */
export function sourceOf(slot: number | undefined, info: readonly LineInfo[]): ProgramRejected['source'] {
  if (slot === undefined) return undefined
  let found: LineInfo | undefined
  for (const line of info) if (line.slot <= slot && (found === undefined || line.slot >= found.slot)) found = line
  return found === undefined ? undefined : { file: found.file, line: found.line, column: found.column, text: found.text.trim() }
}

/** Causes that people meet again and again, and what to do about them. */
const known: readonly (readonly [RegExp, string])[] = [
  [/invalid access to packet/, 'Compare the pointer with data_end before reading, in the same function and with the same offset.'],
  [
    /(infinite loop detected|back-edge|The sequence of \d+ jumps is too complex|BPF program is too large)/,
    'Bound the loop by a constant, or use bpf_loop or an open-coded iterator.',
  ],
  [
    /invalid (indirect )?read from stack|R\d !read_ok|invalid read from stack/,
    'Give the variable a value before it is read; clear structs, padding too, before they are keys or values.',
  ],
  [
    /Unreleased reference|reference leak/i,
    'Release on every way out what was acquired: bpf_sk_release, bpf_ct_release, bpf_ringbuf_submit or discard.',
  ],
  [
    /type=\S+ expected=|R\d type=|expected pointer|helper access to/,
    'An argument is not of the sort that the function takes: check lookups for null, and sizes for bounds.',
  ],
  [/map_value_or_null|mem_or_null|possibly NULL/i, 'Compare what the function answered with null before using it.'],
  [
    /unknown func|program of this type cannot use helper|calling kernel function .* is not allowed/,
    'This kernel, or this type of program, does not have that function.',
  ],
  [/misaligned/, 'Read it in smaller pieces, or copy it to an aligned place first.'],
  [
    /stack of \d+ bytes|combined stack size|stack is too large/i,
    'The stack has 512 bytes, over all functions: put large things into a per-CPU array.',
  ],
  [/math between .* pointer|pointer arithmetic/, 'Offsets must have bounds that the verifier sees: mask or compare them first.'],
]

/** Advice for a refusal, when it is one of the known ones. */
export function adviceFor(lines: readonly string[]): string | undefined {
  const tail = lines.slice(-12).join('\n')
  if (/unknown func.*195896080|invalid func unknown#195896080|195896080/.test(tail))
    return 'The program reads a field or type that the running kernel does not have (a CO-RE relocation found nothing): ask bpf_core_field_exists() before reading it.'
  return known.find(([pattern]) => pattern.test(tail))?.[1]
}

/**
 * A refusal for people: the telling lines, the line of C, advice, and as much of the log as is asked for.
 *
 * @param options `lines`: how many of the log's last lines (0: none)
 */
export function renderVerifierLog(error: ProgramRejected, options: { readonly lines?: number } = {}): string {
  const { program, section, source, summary, hint, log } = error
  const rendered = [`program ${program} (${section}) was refused by the verifier`]
  if (source !== undefined) rendered.push(`  at ${source.file}:${source.line}:${source.column}`, `    ${source.text}`)
  for (const line of summary) rendered.push(`  ${line}`)
  if (hint !== undefined) rendered.push(`  ${hint}`)
  const { lines = 0 } = options
  if (lines > 0) {
    const left = Math.max(0, log.length - lines)
    if (left > 0) rendered.push(`  (${left} lines left out)`)
    rendered.push(...log.slice(-lines).map((line) => `  | ${line}`))
  }
  return rendered.join('\n')
}
