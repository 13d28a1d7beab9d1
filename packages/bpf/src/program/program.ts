import { type Closed, OwnedFd, type Result, type Sys } from '@axoneme/sys'
import type { BpfCallError } from '../errors.js'
import { pin } from '../pin.js'
import type { ProgramType } from '../spec/program-section.js'
import { type ProgramInfo, programInfo } from './info.js'
import { type TestRun, type TestRunOutcome, testRun } from './test-run.js'
import { readXlated, type Xlated } from './xlated.js'

/**
 * A program in the kernel.
 *
 * @lifetime the handle until `close()`; the program as long as a handle, a pin, a link or a map of programs holds it
 */
export class BpfProgram<T extends ProgramType = ProgramType> {
  private constructor(
    private readonly sys: Sys,
    private readonly owned: OwnedFd,
    readonly name: string,
    readonly type: T,
  ) {}

  /** Takes a loaded program's descriptor over: it is closed with the handle. */
  static of<T extends ProgramType>(sys: Sys, fd: number, name: string, type: T): BpfProgram<T> {
    return new BpfProgram(sys, new OwnedFd(sys, fd, `bpf program ${name}`), name, type)
  }

  get isOpen(): boolean {
    return this.owned.isOpen
  }

  /**
   * The descriptor, for a call made now; not to be kept.
   *
   * @errors sys.closed
   */
  use(): Result<number, Closed> {
    return this.owned.use()
  }

  /** for messages */
  get what(): string {
    return `program ${this.name}`
  }

  private with<V>(run: (fd: number) => Result<V, BpfCallError>): Result<V, BpfCallError> {
    return this.owned
      .use()
      .mapErr((error): BpfCallError => error)
      .andThen(run)
  }

  /**
   * What the kernel says of it now: numbers, sizes, maps, run statistics.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   */
  info(): Result<ProgramInfo, BpfCallError> {
    return this.with((fd) => programInfo(this.sys, fd, this.what))
  }

  /**
   * Its instructions as the verifier left them, with functions and lines of C when it was loaded with them.
   *
   * @errors sys.closed · bpf.missing · bpf.refused · permission.denied
   */
  xlated(): Result<Xlated, BpfCallError> {
    return this.with((fd) => readXlated(this.sys, fd, this.what))
  }

  /**
   * Runs it by hand: with a packet and a context, or a context alone, as its type asks.
   *
   * @shape   context: fields of struct __sk_buff or xdp_md for programs on packets, bytes for the rest
   * @unit    `durationNs` is the mean of all runs
   * @errors  input.invalid (a context that does not fit the type) · bpf.refused (ENOSPC: too little room for the packet) ·
   *   permission.denied · sys.closed · sys.failed
   * @source  linux/bpf.h BPF_PROG_TEST_RUN
   */
  testRun(run: TestRun<T> = {}): Result<TestRunOutcome<T>, BpfCallError> {
    return this.with((fd) => testRun(this.sys, fd, this.type, this.what, run))
  }

  /**
   * Gives it a name in a bpf file system: it then outlives its handles.
   *
   * @errors input.invalid · bpf.exists · bpf.refused · permission.denied · sys.closed · sys.failed
   */
  pin(path: string): Result<void, BpfCallError> {
    return this.with((fd) => pin(this.sys, fd, path, this.what))
  }

  close(): void {
    this.owned.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
