import { type Closed, Err, Errno, Ok, OwnedFd, type Result, type Sys } from '@axoneme/sys'
import type { BpfCallError } from '../errors.js'
import { refused } from '../errors.js'
import { attachFeatures } from '../features/attach.js'
import { explainByFeature } from '../features/explain.js'
import { pin, unpin } from '../pin.js'
import type { BpfProgram } from '../program/program.js'
import { Attr } from '../syscall/attr.js'
import { type LinkInfo, linkInfo } from './info.js'
import { attachRefused, ENOLINK, ESTALE, type LinkError } from './refusal.js'

/** Source: linux/bpf.h BPF_F_REPLACE */
const BPF_F_REPLACE = 1 << 2

/**
 * An attachment of a program in the kernel.
 *
 * @lifetime detaches when its last descriptor is closed, unless it is pinned
 */
export class BpfLink {
  private constructor(
    private readonly sys: Sys,
    private readonly owned: OwnedFd,
    /** for messages: `tcx_ingress of link 7` */
    readonly where: string,
  ) {}

  /** Takes a link's descriptor over: it is closed with the handle. */
  static of(sys: Sys, fd: number, where: string): BpfLink {
    return new BpfLink(sys, new OwnedFd(sys, fd, `bpf link on ${where}`), where)
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

  private with<V, E>(run: (fd: number) => Result<V, E>): Result<V, E | Closed> {
    const fd = this.owned.use()
    return fd.isErr() ? Err(fd.error) : run(fd.value)
  }

  /**
   * What the kernel says of it now: its program, and what it is attached to.
   *
   * @errors sys.closed · bpf.refused · permission.denied
   */
  info(): Result<LinkInfo, BpfCallError> {
    return this.with((fd) => linkInfo(this.sys, fd, `the link on ${this.where}`))
  }

  /**
   * Puts another program in the place of the one that is attached, at once: every packet meets the one or the other. Both are of
   * one type and attach type.
   *
   * @param expected the program that must be attached now; another there is refused
   * @errors bpf.attach-refused (another program is there, or the link is detached) · bpf.refused · permission.denied · sys.closed
   * @source linux/bpf.h BPF_LINK_UPDATE
   */
  update(program: BpfProgram, { expected }: { readonly expected?: BpfProgram } = {}): Result<void, LinkError> {
    return this.with((fd) =>
      program
        .use()
        .mapErr((error): LinkError => error)
        .andThen((next) => {
          const attr = new Attr(this.sys, 16).u32(0, fd).u32(4, next)
          if (expected !== undefined) {
            const old = expected.use()
            if (old.isErr()) return Err(old.error)
            attr.u32(8, BPF_F_REPLACE).u32(12, old.value)
          }
          const answer = attr.call('LINK_UPDATE')
          return answer >= 0 ? Ok(undefined) : Err(this.updateError(fd, -answer, program, expected))
        }),
    )
  }

  private updateError(fd: number, errno: number, program: BpfProgram, expected: BpfProgram | undefined): LinkError {
    const what = `put ${program.what} on ${this.where}`
    if (errno === ENOLINK || errno === ESTALE) return attachRefused(this.where, what, errno, undefined)
    // EPERM is the kernel's word for "another program is there" too: who is there tells
    if (errno === Errno.EPERM && expected !== undefined) {
      const attached = linkInfo(this.sys, fd, this.where).map(({ programId }) => programId)
      const wanted = expected.info().map(({ id }) => id)
      if (attached.isOk() && wanted.isOk() && attached.value !== wanted.value)
        return attachRefused(
          this.where,
          what,
          errno,
          `Program ${attached.value} is attached, not ${wanted.value} as expected: look at info(), and decide anew.`,
        )
    }
    return refused(
      what,
      'BPF_LINK_UPDATE',
      errno,
      errno === Errno.EINVAL ? 'The new program must be of the same type and attach type as the old.' : undefined,
    )
  }

  /**
   * Detaches at once, whoever else holds the link. What is left is a link to nothing.
   *
   * @errors bpf.refused (this sort of link ends only with its descriptors) · feature.unsupported · permission.denied · sys.closed
   * @feature link-detach
   * @source linux/bpf.h BPF_LINK_DETACH
   */
  detach(): Result<void, BpfCallError> {
    return this.with((fd) => {
      const answer = new Attr(this.sys, 4).u32(0, fd).call('LINK_DETACH')
      if (answer >= 0) return Ok(undefined)
      const error = refused(
        `detach the link on ${this.where}`,
        'BPF_LINK_DETACH',
        -answer,
        answer === -Errno.EOPNOTSUPP ? 'Close it, and remove its pins: this sort of link ends so.' : undefined,
      )
      return Err(explainByFeature(this.sys, attachFeatures.linkDetach, error) ?? error)
    })
  }

  /**
   * Gives it a name in a bpf file system: it then stays attached when its handles are closed.
   *
   * @errors input.invalid · bpf.exists · bpf.refused · permission.denied · sys.closed · sys.failed
   */
  pin(path: string): Result<void, BpfCallError> {
    return this.with((fd) => pin(this.sys, fd, path, `the link on ${this.where}`))
  }

  /**
   * Takes a pin away; the handle keeps the link attached. One that is not there is no error.
   *
   * @errors input.invalid · permission.denied · sys.failed
   */
  unpin(path: string): Result<void, BpfCallError> {
    return unpin(path)
  }

  close(): void {
    this.owned.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
