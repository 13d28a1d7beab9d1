import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { kernelVersion, type MissingNeed } from './need.js'

/** How a test ended on a kernel. */
export interface TestResult extends Partial<MissingNeed> {
  readonly test: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

/** All results of one kernel; `sources` says of what. */
export interface KernelResults {
  readonly kernel: string
  readonly release: string
  readonly sources: string
  readonly tests: readonly TestResult[]
}

const directory = process.env.AXONEME_RESULTS ?? '.cache/kernel-results'
const sources = process.env.AXONEME_SOURCES ?? 'unknown'

/** Keeps a result for what judges skips when all tests have run. Files run one after the other, each in a process. */
export function record(result: TestResult): void {
  mkdirSync(directory, { recursive: true })
  const path = `${directory}/${kernelVersion}.json`
  let tests: TestResult[] = []
  try {
    const before = JSON.parse(readFileSync(path, 'utf8')) as KernelResults
    if (before.sources === sources) tests = before.tests.filter(({ test }) => test !== result.test)
  } catch {
    // the first result
  }
  const all: KernelResults = { kernel: kernelVersion, release: release(), sources, tests: [...tests, result] }
  writeFileSync(path, `${JSON.stringify(all, undefined, 1)}\n`)
}
