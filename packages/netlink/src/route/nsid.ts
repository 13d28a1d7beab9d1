import type { Request } from '../transport/request.js'
import { InputFault, type MessageOf } from '../wire/index.js'
import { nsidMessage, RTM_GETNSID, RTM_NEWNSID } from './nsid-message.js'

export type NsidMessage = MessageOf<(typeof nsidMessage)['header']['fields'], (typeof nsidMessage)['attributes']['table']>

/** A namespace meant, by an open descriptor or by a process in it. */
export type NamespaceReference = { readonly fd: number } | { readonly pid: number }

function target(namespace: NamespaceReference): { fd?: number; pid?: number } {
  if ('fd' in namespace) return { fd: namespace.fd }
  return { pid: namespace.pid }
}

/** @throws InputFault */
export function assignNsid(namespace: NamespaceReference, nsid: number): Request {
  if (!Number.isInteger(nsid) || nsid < -1 || nsid > 0x7fff_ffff)
    throw new InputFault(`${nsid} is no namespace id`, 'nsid', 'Ids are 0 or more; -1 lets the kernel choose.')
  return {
    what: `give a namespace the id ${nsid}`,
    kind: nsidMessage,
    type: RTM_NEWNSID,
    flags: 0,
    hints: { 17: 'The namespace has an id already, or another has this one.' },
    message: { attributes: { nsid, ...target(namespace) } },
  }
}

export function getNsid(namespace: NamespaceReference): Request {
  return { what: 'get the id of a namespace', kind: nsidMessage, type: RTM_GETNSID, flags: 0, message: { attributes: target(namespace) } }
}

export function listNsids(): Request {
  return { what: 'list namespace ids', kind: nsidMessage, type: RTM_GETNSID, flags: 0, message: {} }
}
