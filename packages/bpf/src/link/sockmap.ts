import { Err, Errno, Ok, OwnedFd, type Result, type Sys } from '@axoneme/sys'
import { type BpfCallError, refused } from '../errors.js'
import { openById } from '../object-id.js'
import { readInfo } from '../object-info.js'
import type { BpfProgram } from '../program/program.js'
import { BPF_ATTACH_TYPE } from '../spec/program-section.js'
import { Attr } from '../syscall/attr.js'
import type { Descriptor } from './descriptor.js'
import { attachRefused, type LinkError } from './refusal.js'

/** What a program may do with the sockets of a map: judge messages that they send, or cut and judge streams that they receive. */
export type SockmapAttachType = 'sk_msg_verdict' | 'sk_skb_stream_parser' | 'sk_skb_stream_verdict' | 'sk_skb_verdict'

/**
 * A program on a map of sockets. Not a link: it belongs to the map, which must be kept; this takes it off again.
 *
 * @lifetime until `detach()`, or the map is gone; close() detaches
 */
export class SockmapAttachment {
  constructor(
    private readonly sys: Sys,
    private readonly map: OwnedFd,
    private readonly program: OwnedFd,
    readonly at: SockmapAttachType,
  ) {}

  /**
   * Takes the program off, if it is still the one that is there. A second time does nothing.
   *
   * @errors bpf.refused · permission.denied
   */
  detach(): Result<void, BpfCallError> {
    const [map, program] = [this.map.use(), this.program.use()]
    if (map.isErr() || program.isErr()) return Ok(undefined)
    const answer = attrOf(this.sys, map.value, program.value, this.at).call('PROG_DETACH')
    this.map.close()
    this.program.close()
    // ENOENT: another program has taken its place, or somebody took it off
    return answer >= 0 || answer === -Errno.ENOENT ? Ok(undefined) : Err(refused(`detach ${this.at}`, 'BPF_PROG_DETACH', -answer))
  }

  close(): void {
    this.detach()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** Source: linux/bpf.h, the struct of BPF_PROG_ATTACH */
function attrOf(sys: Sys, map: number, program: number, at: SockmapAttachType): Attr {
  return new Attr(sys, 16).u32(0, map).u32(4, program).u32(8, BPF_ATTACH_TYPE[at])
}

/** A descriptor of our own to what a handle of the caller's is on, so that closing that does not end ours. */
function second(sys: Sys, kind: 'map' | 'program', handle: Descriptor): Result<OwnedFd, BpfCallError> {
  const fd = handle.use()
  if (fd.isErr()) return Err(fd.error)
  // type and id are the first two fields of struct bpf_map_info and bpf_prog_info
  const info = new Uint8Array(8)
  return readInfo(sys, fd.value, info, `a ${kind}`)
    .andThen(() => openById(sys, kind, new DataView(info.buffer).getUint32(4, true)))
    .map((own) => new OwnedFd(sys, own, `${kind} of a sockmap attachment`))
}

/**
 * Attaches a program of type sk_msg or sk_skb to a sockmap or sockhash: it runs for sockets that are put in from then on.
 *
 * @errors bpf.attach-refused (EBUSY, EEXIST: the map's place for such programs is taken) · bpf.refused · bpf.missing · permission.denied ·
 *   sys.closed
 * @lifetime until it is closed, or the map is gone
 * @source linux/bpf.h BPF_PROG_ATTACH; net/core/sock_map.c
 */
export function attachSockmap(
  sys: Sys,
  program: BpfProgram,
  { map, at }: { readonly map: Descriptor; readonly at: SockmapAttachType },
): Result<SockmapAttachment, LinkError> {
  const ownMap = second(sys, 'map', map)
  if (ownMap.isErr()) return Err(ownMap.error)
  const ownProgram = second(sys, 'program', program)
  if (ownProgram.isErr()) {
    ownMap.value.close()
    return Err(ownProgram.error)
  }
  const answer = attrOf(sys, ownMap.value.use().unwrapOr(-1), ownProgram.value.use().unwrapOr(-1), at).call('PROG_ATTACH')
  if (answer >= 0) return Ok(new SockmapAttachment(sys, ownMap.value, ownProgram.value, at))
  ownMap.value.close()
  ownProgram.value.close()
  const what = `attach ${program.what} to ${at} of a map`
  if (answer === -Errno.EBUSY || answer === -Errno.EEXIST)
    return Err(
      attachRefused(
        at,
        what,
        -answer,
        "The map's place for such programs is taken: detach the other first. A map has verdict programs of one sort only.",
      ),
    )
  return Err(refused(what, 'BPF_PROG_ATTACH', -answer))
}
