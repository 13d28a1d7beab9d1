import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadCollection, parseObject } from '@axoneme/bpf'
import { expect } from 'vitest'
import { sys } from './fixture.js'
import { kernelTest, kernelVersion } from './harness/index.js'

/**
 * What each program takes, in test/verifier/budget.json: moved on purpose alone, by `AXONEME_BUDGET=write` and a look at the difference.
 * `verified` is what the verifier of each kernel walked; it may differ a little between builds of one version. Times are told, not judged.
 */
interface Budget {
  /** of the object, before the kernel rewrites them */
  readonly instructions: number
  /** bytes of the deepest chain of calls */
  readonly stack: Readonly<Record<string, number>>
  readonly verified: Readonly<Record<string, number>>
  readonly verifyUs: Readonly<Record<string, number>>
}

const file = 'test/verifier/budget.json'
/** between builds of one kernel version */
const TOLERANCE = 0.05

/** every map small: its making is not what is measured */
const SMALL = {
  axm_flows4: 1024,
  axm_flows6: 1024,
  axm_fragments4: 64,
  axm_fragments6: 64,
  axm_chunks: 1024,
  axm_directories: 4,
  axm_events: 4096,
}

/** every knob turned on: what a node does not use is not there */
const EVERYTHING = {
  axm_endpoint_mask: 4095,
  axm_tunnel_ifindex: 1,
  axm_gateway4: 1,
  axm_gateway6: new Uint8Array(16).fill(1),
  axm_node4: 2,
  axm_node6: new Uint8Array(16).fill(2),
  axm_host_routing: 1,
  axm_outside_mtu: 1500,
}

function measured(): Record<string, { instructions: number; stack: number; verified: number; verifyUs: number }> {
  const spec = parseObject(readFileSync('packages/datapath/object/datapath.o')).unwrap()
  using loaded = loadCollection(sys, spec, { verifierLog: 4, maxEntries: SMALL, variables: EVERYTHING }).unwrap()
  return Object.fromEntries(
    [...loaded.programs].map(([name, { spec: program, log }]) => {
      const number = (pattern: RegExp): string => pattern.exec(log)?.[1] ?? ''
      return [
        name,
        {
          instructions: program.instructions.length / 8,
          stack: number(/^stack depth ([\d+]+)/m)
            .split('+')
            .reduce((sum, each) => sum + Number(each), 0),
          verified: Number(number(/^processed (\d+) insns/m)),
          verifyUs: Number(number(/^verification time (\d+) usec/m)),
        },
      ]
    }),
  )
}

kernelTest('datapath > loads from the one object, within its budget', { needs: [], timeoutMs: 30_000 }, async () => {
  const found = measured()
  const budget = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Budget>
  if (process.env.AXONEME_BUDGET === 'write') {
    const merged = Object.fromEntries(
      Object.entries(found).map(([name, { instructions, stack, verified, verifyUs }]) => {
        const before = budget[name]
        return [
          name,
          {
            instructions,
            stack: { ...before?.stack, [kernelVersion]: stack },
            verified: { ...before?.verified, [kernelVersion]: verified },
            verifyUs: { ...before?.verifyUs, [kernelVersion]: verifyUs },
          },
        ]
      }),
    )
    const folder = process.env.VMRUN === undefined ? 'test/verifier' : (process.env.AXONEME_RESULTS as string)
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/budget.json`, `${JSON.stringify(merged, undefined, 2)}\n`)
    return
  }
  expect(Object.keys(found)).toEqual(Object.keys(budget))
  const moved = Object.entries(found).flatMap(([name, { instructions, stack, verified }]) => {
    const allowed = budget[name] as Budget
    const walked = allowed.verified[kernelVersion]
    const deep = allowed.stack[kernelVersion]
    return [
      instructions === allowed.instructions ? [] : [`${name}: ${instructions} instructions, ${allowed.instructions} in the budget`],
      deep === undefined || stack === deep ? [] : [`${name}: ${stack} bytes of stack, ${deep} in the budget`],
      walked === undefined || Math.abs(verified - walked) <= walked * TOLERANCE
        ? []
        : [`${name}: the verifier walks ${verified} instructions, ${walked} in the budget`],
    ].flat()
  })
  expect(moved, 'moved: if on purpose, AXONEME_BUDGET=write').toEqual([])
  // every kernel that is tested has its column
  expect(Object.values(budget).every(({ verified }) => verified[kernelVersion] !== undefined)).toBe(true)
})
