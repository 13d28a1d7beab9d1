import { test } from 'vitest'
import { watchLeaks } from './leak.js'
import { missingNeed, type Need, unfitMachine } from './need.js'
import { record } from './results.js'

export { kernelVersion, type Need } from './need.js'
export type { KernelResults, TestResult } from './results.js'

export interface KernelTestOptions {
  readonly needs: readonly Need[]
  /** on this machine; ten times that under emulation */
  readonly timeoutMs?: number
}

/** Under emulation everything that computes takes some fifteen times as long. */
const SLOWNESS = process.env.VMRUN === undefined ? 1 : 10

/**
 * A test on the running kernel. What it needs and the kernel lacks skips it, visibly and with the reason; whether the
 * kernel may lack it is judged from the checked-in lists when all have run (test/kernel/skips). What it leaves behind
 * makes it fail.
 */
export function kernelTest(name: string, options: KernelTestOptions, run: () => Promise<void>): void {
  test(name, { timeout: (options.timeoutMs ?? 20_000) * SLOWNESS }, async (context) => {
    const unfit = unfitMachine()
    if (unfit !== undefined) {
      if (process.env.AXONEME_KERNEL === 'required') throw new Error(`kernel tests are required here, but ${unfit}`)
      context.skip(unfit)
    }
    const missing = await missingNeed(options.needs)
    if (missing !== undefined) {
      record({ test: name, outcome: 'skipped', ...missing })
      context.skip(`${missing.need}: ${missing.reason}`)
    }
    const leaks = watchLeaks()
    try {
      await run()
    } catch (reason) {
      leaks()
      record({ test: name, outcome: 'failed' })
      throw reason
    }
    const left = leaks()
    record({ test: name, outcome: left.length === 0 ? 'passed' : 'failed' })
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
  })
}
