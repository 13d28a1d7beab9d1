import { podLabels } from '../kubernetes/label-keys.js'
import type { PeerInput, SubjectInput } from '../node-inputs.js'
import type { AdminPeerDocument, SubjectDocument } from './peer-document.js'

/** Pods of namespaces; both selectors must hold. */
export function podsOf({ namespaces, pods }: SubjectDocument): Extract<SubjectInput, { kind: 'endpoints' }> {
  return {
    kind: 'endpoints',
    namespaces: { selector: pods?.namespaceSelector ?? namespaces ?? {} },
    selector: podLabels(pods?.podSelector),
  }
}

export function adminPeers({ namespaces, pods, nodes, networks, domainNames }: AdminPeerDocument): PeerInput[] {
  if (nodes !== undefined) return [{ kind: 'nodes', selector: nodes }]
  // pods with an address in the block are meant too
  if (networks !== undefined) return networks.map((prefix) => ({ kind: 'cidr', prefix, scope: 'any' }))
  if (domainNames !== undefined) return domainNames.map(domainPeer)
  return [podsOf({ namespaces, pods })]
}

/** The wildcard stands for one label or more, which is what `**.` means to us. */
function domainPeer(name: string): PeerInput {
  return name.startsWith('*.') ? { kind: 'fqdn', matchPattern: `*${name}` } : { kind: 'fqdn', matchName: name }
}
