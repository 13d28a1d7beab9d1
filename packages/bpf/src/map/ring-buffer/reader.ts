import { Err, Ok, type Poll, type Result, sysFailed } from '@axoneme/sys'
import type { MapHandle } from '../handle.js'
import type { RingBufferError } from './error.js'

/** Records of one turn of the event loop, when nothing else is said. */
const BUDGET = 65_536
/** Turns that found a record reserved and not committed, before it is waited for with a timer: the kernel calls such a ring readable. */
const BUSY_TURNS = 8
const BUSY_WAIT_MS = 1

export interface ReadOptions {
  /** records of one turn of the event loop, so that timers and other work come in between (absent: 65536) */
  readonly budget?: number | undefined
  /** ends the reading */
  readonly signal?: AbortSignal | undefined
  /** called once, when the reading has ended: with the error that ended it, or nothing */
  readonly onEnd?: ((error: RingBufferError | undefined) => void) | undefined
}

/** What a reader needs of its ring buffer. */
export interface Readable<T> {
  readonly handle: MapHandle
  drain(onRecord: (record: T) => void, limit: number): Result<number, RingBufferError>
  stopDraining(): void
  isBusy(): boolean
  onClose(callback: () => void): () => void
}

/**
 * An ongoing read. It keeps the process alive while it runs, and does not while it is paused.
 *
 * @lifetime until `stop()`, its signal, an error, or the ring buffer's `close()`
 */
export class RingBufferReader<T> {
  private poll: Poll | undefined
  private timer: NodeJS.Timeout | undefined
  private state: 'running' | 'paused' | 'over' = 'paused'
  private busyTurns = 0
  private forget: () => void = () => {}
  /** Ends it; a second time does nothing. */
  readonly stop = (): void => this.end(undefined)

  private constructor(
    private readonly ring: Readable<T>,
    private readonly onRecord: (record: T) => void,
    private readonly options: ReadOptions,
    private readonly mayRead: () => boolean,
  ) {}

  /**
   * @param mayRead asked before each turn; no: it pauses
   * @errors sys.closed · sys.failed
   */
  static start<T>(
    ring: Readable<T>,
    onRecord: (record: T) => void,
    options: ReadOptions,
    mayRead: () => boolean = () => true,
  ): Result<RingBufferReader<T>, RingBufferError> {
    const reader = new RingBufferReader(ring, onRecord, options, mayRead)
    const failed = reader.watch()
    if (failed !== undefined) return Err(failed)
    reader.forget = ring.onClose(() => reader.stop())
    if (options.signal?.aborted) queueMicrotask(reader.stop)
    else options.signal?.addEventListener('abort', reader.stop)
    return Ok(reader)
  }

  get isPaused(): boolean {
    return this.state === 'paused'
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.state === 'over'
  }

  /** Reads nothing more until `resume()`, also of the turn that is under way; what comes meanwhile waits in the ring. */
  pause(): void {
    if (this.state !== 'running') return
    this.state = 'paused'
    this.ring.stopDraining()
    this.unwatch()
  }

  /** Goes on after `pause()`. */
  resume(): void {
    if (this.state !== 'paused') return
    const failed = this.watch()
    if (failed !== undefined) this.end(failed)
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  private watch(): RingBufferError | undefined {
    const { sys, fd, name } = this.ring.handle
    const number = fd.use()
    if (number.isErr()) return number.error
    const poll = sys.poll(number.value, { readable: true }, (events) =>
      events < 0 ? this.end(sysFailed(`watch ring buffer ${name}`, -events)) : this.turn(),
    )
    if (typeof poll === 'number') return sysFailed(`watch ring buffer ${name}`, -poll)
    this.poll = poll
    this.state = 'running'
    return undefined
  }

  private unwatch(): void {
    this.poll?.close()
    this.poll = undefined
    clearTimeout(this.timer)
  }

  /** The watch is level-triggered: what is left comes with the next turn. */
  private turn(): void {
    if (this.state !== 'running') return
    if (!this.mayRead()) {
      this.pause()
      return
    }
    const got = this.ring.drain(this.onRecord, this.options.budget ?? BUDGET)
    if (got.isErr()) {
      this.end(got.error)
      return
    }
    // the callback may have paused or ended it
    if (this.state !== 'running') return
    if (got.value > 0 || !this.ring.isBusy()) this.busyTurns = 0
    else if (++this.busyTurns > BUSY_TURNS) this.waitForCommit()
  }

  private waitForCommit(): void {
    this.busyTurns = 0
    this.unwatch()
    this.timer = setTimeout(() => {
      const failed = this.watch()
      if (failed !== undefined) this.end(failed)
    }, BUSY_WAIT_MS)
  }

  private end(error: RingBufferError | undefined): void {
    if (this.state === 'over') return
    if (this.state === 'running') this.ring.stopDraining()
    this.state = 'over'
    this.unwatch()
    this.forget()
    this.options.signal?.removeEventListener('abort', this.stop)
    this.options.onEnd?.(error)
  }
}
