import { Err, featureUnsupported, Ok, type Result } from '@axoneme/sys'
import type { NetlinkError } from '../errors.js'
import {
  createLink,
  deleteLink,
  deleteLinkGroup,
  getLink,
  type Link,
  type LinkChange,
  type LinkMessage,
  type LinkReference,
  type LinkSettings,
  type LinkSpec,
  linkView,
  listLinks,
  updateLink,
} from '../route/link.js'
import { BatchTally, type Request, type Session } from '../transport/index.js'
import { built, builtAll, type CallOptions, call } from './call.js'

export interface LinkFilter {
  readonly kind?: string | undefined
  readonly master?: number | undefined
  readonly group?: number | undefined
  readonly up?: boolean | undefined
}

/** The links of a namespace. */
export class Links {
  constructor(private readonly session: Session) {}

  /**
   * Makes a link. What the kernel leaves out at creation (alias, XDP, port settings) is set in a second message; when
   * that is refused the link is deleted again.
   *
   * @errors input.invalid · netlink.exists · netlink.missing (parent or master) · netlink.driver-missing · permission.denied · feature.unsupported · netlink.refused
   */
  async create(spec: LinkSpec, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    const creation = built(() => createLink(spec))
    if (creation.isErr()) return Err(creation.error)
    const made = await this.session.execute(creation.value.create, options)
    if (made.isErr()) return made
    const { followUp } = creation.value
    const rest = followUp === undefined ? Ok(undefined) : await this.session.execute(followUp)
    const finished = rest.isErr() ? rest : spec.netns === undefined ? await this.verify(spec.name, spec) : rest
    if (finished.isErr()) await call(this.session, () => deleteLink(spec.name))
    return finished
  }

  /**
   * Makes many links; all are tried. Those that one message makes go out together in few system calls, the others
   * (alias, XDP, port or IPv4 sizes) one by one, as {@link create} does.
   *
   * @errors input.invalid (nothing was sent) · netlink.batch-failed · netlink.overrun · sys.aborted
   */
  async createAll(specs: readonly LinkSpec[], options?: CallOptions): Promise<Result<number, NetlinkError>> {
    const checked = builtAll(specs, (spec) => createLink(spec).create)
    if (checked.isErr()) return Err(checked.error)
    const together: number[] = []
    const single: number[] = []
    for (const [index, spec] of specs.entries())
      (createLink(spec).followUp === undefined && !needsReadBack(spec) ? together : single).push(index)
    const made = await this.session.executeAll(
      together.map((index) => checked.value[index] as Request),
      options,
    )
    if (single.length === 0) return made
    const tally = new BatchTally(specs.length)
    const stopped = tally.add(made, together)
    if (stopped !== undefined) return Err(stopped)
    for (const index of single) {
      const created = await this.create(specs[index] as LinkSpec, options)
      const ended = tally.add(
        created.map(() => 1),
        [index],
      )
      if (ended !== undefined) return Err(ended)
    }
    return tally.result()
  }

  /**
   * A link by index or name; undefined when there is none.
   *
   * @errors input.invalid · sys.failed
   */
  async get(link: LinkReference, options?: CallOptions): Promise<Result<Link | undefined, NetlinkError>> {
    const request = built(() => getLink(link))
    if (request.isErr()) return Err(request.error)
    const asked = await this.session.ask<LinkMessage>(request.value, options)
    if (asked.isErr()) return asked.error.code === 'netlink.missing' ? Ok(undefined) : Err(asked.error)
    return Ok(asked.value === undefined ? undefined : linkView(asked.value))
  }

  /**
   * All links, filtered.
   *
   * @errors netlink.interrupted · netlink.malformed · sys.failed
   */
  async list(filter: LinkFilter = {}, options?: CallOptions): Promise<Result<Link[], NetlinkError>> {
    return this.session.list<LinkMessage, Link>(
      listLinks(),
      (message) => {
        const link = linkView(message)
        if (filter.kind !== undefined && link.kind !== filter.kind) return undefined
        if (filter.master !== undefined && (link.master ?? 0) !== filter.master) return undefined
        if (filter.group !== undefined && link.group !== filter.group) return undefined
        if (filter.up !== undefined && link.up !== filter.up) return undefined
        return link
      },
      options,
    )
  }

  /**
   * Changes a link: settings, name, namespace, up or down.
   *
   * @errors input.invalid · netlink.missing · permission.denied · feature.unsupported · netlink.refused
   */
  async update(link: LinkReference, change: LinkChange, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    const done = await call(this.session, () => updateLink(link, change), options)
    return done.isErr() || change.netns !== undefined ? done : this.verify(change.name ?? link, change)
  }

  /**
   * Changes many links in few system calls.
   *
   * @errors input.invalid (nothing was sent) · netlink.batch-failed · netlink.overrun · sys.aborted
   */
  async updateAll(
    changes: readonly { readonly link: LinkReference; readonly change: LinkChange }[],
    options?: CallOptions,
  ): Promise<Result<number, NetlinkError>> {
    const requests = builtAll(changes, ({ link, change }) => updateLink(link, change))
    return requests.isErr() ? Err(requests.error) : this.session.executeAll(requests.value, options)
  }

  /**
   * Deletes a link (a veth's peer goes with it).
   *
   * @errors input.invalid · netlink.missing · permission.denied · netlink.refused
   */
  async delete(link: LinkReference, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    return call(this.session, () => deleteLink(link), options)
  }

  /**
   * Deletes all links of a group at once: the way to delete many.
   *
   * @param group above 0
   * @errors input.invalid · netlink.missing (none is in the group) · permission.denied · netlink.refused
   */
  async deleteGroup(group: number, options?: CallOptions): Promise<Result<void, NetlinkError>> {
    return call(this.session, () => deleteLinkGroup(group), options)
  }

  /** Kernels before 6.3 take the IPv4 sizes without a word and ignore them: read back what was asked for. */
  private async verify(link: LinkReference, settings: LinkSettings): Promise<Result<void, NetlinkError>> {
    const { gsoIpv4MaxSize, groIpv4MaxSize } = settings
    if (!needsReadBack(settings)) return Ok(undefined)
    const now = await this.get(link)
    if (now.isErr()) return Err(now.error)
    const missed =
      (gsoIpv4MaxSize !== undefined && now.value?.gsoIpv4MaxSize !== gsoIpv4MaxSize) ||
      (groIpv4MaxSize !== undefined && now.value?.groIpv4MaxSize !== groIpv4MaxSize)
    return missed ? Err(featureUnsupported('ipv4-big-tcp', '6.3')) : Ok(undefined)
  }
}

function needsReadBack({ gsoIpv4MaxSize, groIpv4MaxSize }: LinkSettings): boolean {
  return gsoIpv4MaxSize !== undefined || groIpv4MaxSize !== undefined
}
