import { Err, Ok, type Result } from '@axoneme/sys'
import type { NetlinkError, RequestError } from '../errors.js'

const KEPT_FAILURES = 1000

/** How the requests of a batch ended: every refusal is counted, the first thousand are kept with their places. */
export class BatchTally {
  private readonly failures: { index: number; error: RequestError }[] = []
  private refused = 0

  /** @param all how many requests the batch has */
  constructor(private readonly all: number) {}

  get failed(): number {
    return this.refused
  }

  /** @param error made only when it is kept */
  refuse(index: number, error: () => RequestError): void {
    this.refused++
    if (this.failures.length < KEPT_FAILURES) this.failures.push({ index, error: error() })
  }

  /**
   * Takes in how a part of the batch ended; answers the error when that ended the whole.
   *
   * @param places of the part's requests in the batch
   */
  add(part: Result<number, NetlinkError>, places: readonly number[]): NetlinkError | undefined {
    if (part.isOk()) return undefined
    const { error } = part
    switch (error.code) {
      case 'netlink.batch-failed':
        for (const { index, error: refusal } of error.failures) this.refuse(places[index] as number, () => refusal)
        this.refused += error.failed - error.failures.length
        return undefined
      case 'netlink.refused':
      case 'netlink.exists':
      case 'netlink.missing':
      case 'netlink.driver-missing':
      case 'permission.denied':
      case 'feature.unsupported':
        this.refuse(places[0] as number, () => error)
        return undefined
    }
    return error
  }

  /** How many were carried out, or which were not. */
  result(): Result<number, NetlinkError> {
    if (this.refused === 0) return Ok(this.all)
    const failures = this.failures.sort((a, b) => a.index - b.index)
    // one request's own refusal says more than that a batch of one failed
    const [first] = failures
    if (this.all === 1 && first !== undefined) return Err(first.error)
    return Err(
      Object.freeze({
        code: 'netlink.batch-failed',
        failures: Object.freeze(failures),
        failed: this.refused,
        done: this.all - this.refused,
        message: `${this.refused} of ${this.all} requests were refused; the first: ${first?.error.message ?? ''}`,
        hint: 'The other requests were carried out; `failures` names each refused one by its index.',
      }),
    )
  }
}
