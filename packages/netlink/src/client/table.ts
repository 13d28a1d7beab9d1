import { Err, type Result } from '@axoneme/sys'
import type { NetlinkError } from '../errors.js'
import type { Request, Session } from '../transport/index.js'
import { type ByName, built, type CallOptions, call, callAll, resolved, resolvedAll } from './call.js'

/** How one sort of object is added, deleted and listed: what its builders are. */
export interface TableForm<S extends object, D extends object, V, F, M, X extends string> {
  add(spec: S, ifExists?: X): Request
  remove(spec: D): Request
  list(filter: F): Request
  view(message: M): V | undefined
  /** leaves out what the kernel did not */
  keeps?(view: V, filter: F): boolean
}

/** Adds, replaces, deletes and lists one sort of object. Links may be given by index or by name. */
export class Table<S extends object, D extends object, V, F extends object, M, X extends string = 'refuse' | 'replace'> {
  constructor(
    protected readonly session: Session,
    private readonly form: TableForm<S, D, V, F, M, X>,
  ) {}

  /**
   * Adds one; it must not be there yet.
   *
   * @errors input.invalid · netlink.exists · netlink.missing (link or gateway) · netlink.driver-missing · permission.denied · netlink.refused
   */
  async add(spec: ByName<S>, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    return this.put(spec, 'refuse' as X, options)
  }

  /**
   * Adds one, in place of what is there under the same key.
   *
   * @errors input.invalid · netlink.missing · netlink.driver-missing · permission.denied · netlink.refused
   */
  async replace(spec: ByName<S>, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    return this.put(spec, 'replace' as X, options)
  }

  protected async put(spec: ByName<S>, ifExists: X, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    const known = await resolved<S>(this.session, spec, options)
    return known.isErr() ? Err(known.error) : call(this.session, () => this.form.add(known.value, ifExists), options)
  }

  /**
   * Adds many in few system calls. All are tried: what is refused does not stop the rest.
   *
   * @errors input.invalid (nothing was sent) · netlink.batch-failed · netlink.overrun · sys.aborted
   */
  async addAll(specs: readonly ByName<S>[], options?: CallOptions & { readonly ifExists?: X }): Promise<Result<number, NetlinkError>> {
    const known = await resolvedAll<S>(this.session, specs, options)
    if (known.isErr()) return Err(known.error)
    return callAll(this.session, known.value, (spec) => this.form.add(spec, options?.ifExists ?? ('refuse' as X)), options)
  }

  /**
   * Deletes one.
   *
   * @errors input.invalid · netlink.missing · permission.denied · netlink.refused
   */
  async delete(spec: ByName<D>, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    const known = await resolved<D>(this.session, spec, options)
    return known.isErr() ? Err(known.error) : call(this.session, () => this.form.remove(known.value), options)
  }

  /**
   * Deletes many in few system calls.
   *
   * @errors input.invalid (nothing was sent) · netlink.batch-failed · netlink.overrun · sys.aborted
   */
  async deleteAll(specs: readonly ByName<D>[], options?: CallOptions): Promise<Result<number, NetlinkError>> {
    const known = await resolvedAll<D>(this.session, specs, options)
    return known.isErr() ? Err(known.error) : callAll(this.session, known.value, (spec) => this.form.remove(spec), options)
  }

  /**
   * Lists, filtered. A list that changed meanwhile is taken again from the start.
   *
   * @errors input.invalid · netlink.missing (the link) · netlink.interrupted · netlink.malformed · sys.failed
   */
  async list(filter: ByName<F> = {} as ByName<F>, options?: CallOptions): Promise<Result<V[], NetlinkError>> {
    const known = await resolved<F>(this.session, filter, options)
    if (known.isErr()) return Err(known.error)
    const request = built(() => this.form.list(known.value))
    if (request.isErr()) return Err(request.error)
    const { keeps } = this.form
    return this.session.list<M, V>(
      request.value,
      (message) => {
        const view = this.form.view(message)
        return view === undefined || (keeps !== undefined && !keeps(view, known.value)) ? undefined : view
      },
      options,
    )
  }
}
