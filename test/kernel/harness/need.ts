import { release } from 'node:os'

/** What a test needs of the machine: tried, never guessed from a version. */
export interface Need {
  readonly name: string
  /** the first kernel version that has it */
  readonly since?: string | undefined
  /** the option that builds its driver: a kernel that is configured with it must not lack it */
  readonly config?: string | undefined
  /** true, or why it is missing */
  probe(): Promise<true | string> | true | string
}

/** A need that this kernel does not meet, and what is known to judge that by. */
export interface MissingNeed {
  readonly need: string
  readonly reason: string
  readonly since?: string | undefined
  readonly config?: string | undefined
}

/** `6.12` of `6.12.117+deb12-amd64`: what the lists of skips are named by. */
export const kernelVersion: string = /^\d+\.\d+/.exec(release())?.[0] ?? 'unknown'

const cache = new Map<string, Promise<true | string>>()

/** The first need that is missing, with its reason; tried once in a process. */
export async function missingNeed(needs: readonly Need[]): Promise<MissingNeed | undefined> {
  for (const need of needs) {
    let outcome = cache.get(need.name)
    if (outcome === undefined) {
      outcome = Promise.resolve(need.probe())
      cache.set(need.name, outcome)
    }
    const probed = await outcome
    if (probed !== true) return { need: need.name, reason: probed, since: need.since, config: need.config }
  }
  return undefined
}

/** Whether the machine can run kernel tests at all; undefined when it can. */
export function unfitMachine(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`
  if (process.geteuid?.() !== 0) return 'this process is not root'
  return undefined
}
