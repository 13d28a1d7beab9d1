import type { Prefix } from '@axoneme/sys/values'
import { LabelSet } from '../rule/label.js'
import { prefixOf } from '../rule/prefix.js'
import type { NamedPort } from './input.js'

/** An end of a flow, with all that rules can ask of it. */
export interface Party {
  /** `reserved`: an endpoint of the node's own (health, ingress, init, unmanaged), or the world as such */
  readonly category: 'endpoint' | 'node' | 'external' | 'reserved'
  /** 0: nobody's number, known by labels alone */
  readonly identity: number
  /** its own and those derived from where it lives */
  readonly labels: LabelSet
  readonly namespace?: string
  readonly namespaceLabels: LabelSet
  readonly serviceAccount?: string
  /** of a node */
  readonly nodeLabels: LabelSet
  /** addresses of an endpoint or node; the address or block of what is outside */
  readonly prefixes: readonly Prefix[]
  readonly namedPorts: readonly NamedPort[]
  /** names that its address stands for, outside */
  readonly names: readonly string[]
  /** this node itself */
  readonly host: boolean
  readonly audit: boolean
  /** `shop/web-1`, or the node's name: when it is one known object */
  readonly object?: string
}

export const nobody: Party = Object.freeze({
  category: 'reserved',
  identity: 0,
  labels: LabelSet.EMPTY,
  namespaceLabels: LabelSet.EMPTY,
  nodeLabels: LabelSet.EMPTY,
  prefixes: [],
  namedPorts: [],
  names: [],
  host: false,
  audit: false,
})

/** `shop/web-1 (app=web)`, `203.0.113.7`, `the world`: what a reader is shown. */
export function describeParty(party: Party): string {
  const name =
    party.object ??
    (party.category === 'external' && party.prefixes.length > 0 ? `${party.prefixes[0]}`.replace(/\/(32|128)$/, '') : undefined)
  const names = party.names.length > 0 ? ` (${party.names.join(', ')})` : ''
  if (name !== undefined) return `${name}${names}`
  return party.labels.toString() === '' ? `identity ${party.identity}` : `{${party.labels}}`
}

/** Checked addresses, each as a block of one. */
export function prefixesOf(addresses: readonly string[] = []): Prefix[] {
  return addresses.map(prefixOf)
}
