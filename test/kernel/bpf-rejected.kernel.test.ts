import { type BpfError, loadCollection, renderVerifierLog } from '@axoneme/bpf'
import { expect } from 'vitest'
import { object } from './bpf-fixture.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Classic mistakes: the line of C that each is told at, what is said, and what is advised. Kernels word some of them differently. */
const mistakes: readonly { name: string; program: string; line: RegExp; says: RegExp; hint: RegExp }[] = [
  { name: 'packet', program: 'unchecked', line: /^return data\[14\];$/, says: /invalid access to packet/, hint: /data_end/ },
  {
    name: 'loop',
    program: 'unbounded',
    line: /^(while \(sum != skb->mark\)|sum \+= sum;)$/,
    says: /(infinite loop|too large|complexity|jumps)/,
    hint: /Bound the loop/,
  },
  {
    name: 'stack',
    program: 'uninitialised',
    line: /^return bpf_map_lookup_elem\(&table, key\) != 0;$/,
    says: /invalid (indirect )?(read from|access to) stack|invalid read from stack/,
    hint: /Give the variable a value/,
  },
  { name: 'register', program: 'never_written', line: /^asm volatile/, says: /R9 !read_ok/, hint: /Give the variable a value/ },
  {
    name: 'argument',
    program: 'number',
    line: /^return bpf_map_lookup_elem\(&table, \(void \*\)\(long\)skb->mark\) != 0;$/,
    says: /R2 type=(scalar|inv).* expected=fp/,
    hint: /not of the sort/,
  },
  {
    name: 'reference',
    program: 'leaked',
    line: /(return found|^}$|found)/,
    says: /Unreleased reference|reference leak/i,
    hint: /bpf_sk_release/,
  },
]

for (const { name, program, line, says, hint } of mistakes)
  kernelTest(`rejected > ${name}: the message names the line of C, and what to do`, { needs: [], timeoutMs: 30_000 }, async () => {
    const loaded = loadCollection(sys, object(name))
    if (loaded.isOk()) {
      loaded.value.close()
      // since Linux 6.3, and its backports, whoever has CAP_PERFMON may read stack that was never written
      expect(name).toBe('stack')
      return
    }
    const error: BpfError = loaded.error
    if (error.code !== 'bpf.program-rejected') throw new Error(`${error.code}: ${error.message}`)
    expect(error).toMatchObject({ program, section: 'tc' })
    expect(error.source?.file).toMatch(new RegExp(`${name}\\.bpf\\.c$`))
    expect(error.source?.text).toMatch(line)
    expect(error.summary.join('\n')).toMatch(says)
    expect(error.hint).toMatch(hint)
    expect(error.message).toMatch(
      new RegExp(`^load program ${program} \\(tc\\): refused at ${name}\\.bpf\\.c:\\d+: .* \\((EACCES|EINVAL|E2BIG)\\)$`),
    )
    // the whole log is there, but not in the message
    expect(error.log.length).toBeGreaterThan(error.summary.length)
    const rendered = renderVerifierLog(error, { lines: 3 }).split('\n')
    expect(rendered[0]).toBe(`program ${program} (tc) was refused by the verifier`)
    expect(rendered[1]).toMatch(new RegExp(`${name}\\.bpf\\.c:\\d+:\\d+$`))
    expect(rendered.filter((each) => each.startsWith('  | '))).toHaveLength(3)
    expect(rendered).toContainEqual(expect.stringMatching(/^ {2}\(\d+ lines left out\)$/))
  })

kernelTest('rejected > what the kernel does not have is told as that, and nothing stays open', { needs: [] }, async () => {
  const spec = object('kfuncs')
  const strict = {
    ...spec,
    programs: spec.programs.map((each) => ({
      ...each,
      relocations: each.relocations.map((relocation) => ('weak' in relocation ? { ...relocation, weak: false } : relocation)),
    })),
  }
  expect(loadCollection(sys, strict).unwrapErr()).toMatchObject({
    code: 'bpf.symbol-missing',
    symbol: 'bpf_no_such_kfunc',
    program: 'lookup',
    hint: expect.stringContaining('__weak'),
  })
})

kernelTest('rejected > a field that the kernel does not have is explained as such', { needs: [] }, async () => {
  const spec = object('core')
  // the guard that asks for the field first is taken away: the read behind it must be refused, in words about CO-RE
  const unguarded = {
    ...spec,
    programs: spec.programs
      .filter(({ name }) => name === 'fields')
      .map((each) => ({
        ...each,
        coreRelocations: each.coreRelocations.map((relocation) =>
          relocation.kind === 2 ? { ...relocation, kind: 7, access: '0', type: typeOf(spec, 'task_struct') } : relocation,
        ),
      })),
  }
  const error = loadCollection(sys, unguarded).unwrapErr()
  expect(error).toMatchObject({ code: 'bpf.program-rejected', hint: expect.stringContaining('bpf_core_field_exists') })
})

function typeOf(spec: ReturnType<typeof object>, name: string): number {
  return spec.btf?.named(name, 'struct')[0] ?? 0
}
