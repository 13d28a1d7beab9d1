import type { Peer } from '../rule/peer.js'
import type { LabelSelector } from '../rule/selector.js'
import type { NamespaceMatch, Subject } from '../rule/subject.js'

/** `{app=web, tier in (a, b), !old}`, as kubectl writes selectors. */
export function formatSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const words = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value === '' ? '""' : value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      const list = `(${values.map((value) => (value === '' ? '""' : value)).join(', ')})`
      if (operator === 'In') return `${key} in ${list}`
      if (operator === 'NotIn') return `${key} notin ${list}`
      return operator === 'Exists' ? key : `!${key}`
    }),
  ]
  return `{${words.join(', ')}}`
}

/** `pods {app=web} in namespace shop`, `every pod`; `anybody {reserved:host=""}` where it need be no pod. */
function formatPods(
  { namespaces, selector, serviceAccounts }: Omit<Extract<Subject, { kind: 'endpoints' }>, 'kind'>,
  noun: 'pods' | 'anybody' = 'pods',
): string {
  const labels = isEmpty(selector) ? '' : ` ${formatSelector(selector)}`
  const [account] = serviceAccounts ?? []
  const accounts =
    account === undefined ? ' of no service account' : ` of service account${plural(serviceAccounts ?? [])} ${serviceAccounts?.join(', ')}`
  const where = namespaces === undefined ? '' : ` ${formatNamespaces(namespaces)}`
  const words = `${labels}${serviceAccounts === undefined ? '' : accounts}${where}`
  return words === '' && noun === 'pods' ? 'every pod' : `${noun}${words}`
}

/** `in namespace shop`, `in namespaces {team=red}`, `in any namespace`. */
export function formatNamespaces({ names, selector }: NamespaceMatch): string {
  const labels = selector === undefined || isEmpty(selector) ? '' : ` ${formatSelector(selector)}`
  if (names === undefined) return labels === '' ? 'in any namespace' : `in namespaces${labels}`
  return names.length === 0 ? 'in no namespace' : `in namespace${plural(names)} ${names.join(', ')}${labels === '' ? '' : ` if${labels}`}`
}

export function formatSubject(subject: Subject): string {
  return subject.kind === 'nodes' ? formatNodes(subject.selector) : formatPods(subject)
}

/** One peer in a few words. */
export function formatPeer(peer: Peer): string {
  switch (peer.kind) {
    case 'endpoints':
      return formatPods(peer, peer.scope === 'managed' ? 'pods' : 'anybody')
    case 'entity':
      return `entity ${peer.entity}`
    case 'cidr':
      return `${peer.prefix}${formatExcept(peer.except)}${peer.scope === 'any' ? ', pods and nodes too' : ''}`
    case 'cidr-group':
      return `${peer.name === undefined ? `CIDR groups ${formatSelector(peer.selector ?? {})}` : `CIDR group ${peer.name}`}${formatExcept(peer.except)}`
    case 'fqdn':
      return peer.matchName === undefined ? `names ${peer.matchPattern}` : `name ${peer.matchName}`
    case 'service': {
      const what = peer.name === undefined ? `services ${formatSelector(peer.selector ?? {})}` : `service ${peer.name}`
      return `${what} ${peer.namespace === undefined ? 'in any namespace' : `in namespace ${peer.namespace}`}`
    }
    case 'nodes':
      return formatNodes(peer.selector, peer.scope === 'remote' ? 'other ' : '')
  }
}

function formatNodes(selector: LabelSelector, which = ''): string {
  return isEmpty(selector) ? `every ${which}node` : `${which}nodes ${formatSelector(selector)}`
}

function formatExcept(except: readonly string[]): string {
  return except.length === 0 ? '' : ` except ${except.join(', ')}`
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0
}

function plural(all: readonly unknown[]): string {
  return all.length === 1 ? '' : 's'
}
