import { type Closed, closed } from './error.js'
import { Err, Ok, type Result } from './result.js'
import type { Sys } from './sys.js'

/** A handle that is open now, and where it was opened when somebody tracks. */
export interface OpenHandle {
  readonly what: string
  readonly stack: string | undefined
}

/** What `trackHandles` gives. Several may run at once; each sees what was opened since it began. */
export interface HandleTracker {
  /** opened since the tracker began, and not closed yet */
  open(): readonly OpenHandle[]
  stop(): void
}

interface Record {
  readonly what: string
  readonly number: number
  readonly stack: string | undefined
}

const open = new Set<Record>()
let trackers = 0
let counter = 0
let onLeak: ((what: string, stack: string | undefined) => void) | undefined

/** A handle that nobody closed and nobody holds any more is closed here, and told. */
const forgotten = new FinalizationRegistry<{ record: Record; sys: Sys; fd: number }>(({ record, sys, fd }) => {
  if (!open.delete(record)) return
  sys.close(fd)
  onLeak?.(record.what, record.stack)
})

/**
 * Called with each handle that was dropped without being closed (which closes it then, whenever the engine notices).
 * Undefined takes the reporter off.
 */
export function onLeakedHandle(report: ((what: string, stack: string | undefined) => void) | undefined): void {
  onLeak = report
}

/** Begins to note what is opened, with stacks: for tests that assert that all was closed. */
export function trackHandles(): HandleTracker {
  trackers++
  const since = counter
  let running = true
  return {
    open: () => [...open].filter(({ number }) => number > since).map(({ what, stack }) => ({ what, stack })),
    stop() {
      if (running) trackers--
      running = false
    },
  }
}

/**
 * A descriptor that belongs to one place, which closes it.
 *
 * @lifetime until `close()`; forgotten ones are closed by the engine at some time, and reported
 */
export class OwnedFd {
  private readonly record: Record
  private closedAlready = false

  /** @param what for messages: `netlink socket` */
  constructor(
    private readonly sys: Sys,
    private readonly descriptor: number,
    readonly what: string,
  ) {
    counter++
    this.record = { what, number: counter, stack: trackers > 0 ? new Error(what).stack : undefined }
    open.add(this.record)
    forgotten.register(this, { record: this.record, sys, fd: descriptor }, this)
  }

  get isOpen(): boolean {
    return !this.closedAlready
  }

  /**
   * The number, for a call made now; not to be kept.
   *
   * @errors sys.closed
   */
  use(): Result<number, Closed> {
    return this.closedAlready ? Err(closed(this.what)) : Ok(this.descriptor)
  }

  /** Closes it; a second time does nothing. Linux frees the number whatever close(2) answers. */
  close(): void {
    if (this.closedAlready) return
    this.closedAlready = true
    open.delete(this.record)
    forgotten.unregister(this)
    this.sys.close(this.descriptor)
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
