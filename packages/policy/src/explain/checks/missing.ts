/** Words that mean nothing in the universe as it is. */
import { isPeer, isService, isSubject, portsNamed } from '../../evaluate/match.js'
import { formatPeer, formatSubject } from '../../normalise/print.js'
import type { Peer } from '../../rule/peer.js'
import { type PortMatch, protocolName, protocolNumber, transportNumbers } from '../../rule/port.js'
import type { NamespaceMatch } from '../../rule/subject.js'
import type { Service } from '../../universe/input.js'
import { objectKey } from '../../universe/input.js'
import type { Party } from '../../universe/party.js'
import { storeOf, type Universe } from '../../universe/universe.js'
import { aboutPolicy, aboutRule, type Check } from './context.js'

export const missing: Check = function* ({ policies, groups, rules, universe }) {
  for (const rule of rules)
    for (const peer of rule.rule.peers ?? [])
      if (peer.kind === 'cidr-group' && peer.name !== undefined && !groups.some(({ name }) => name === peer.name))
        yield aboutRule(
          'unknown-cidr-group',
          rule,
          `no group is called ${peer.name}: the peer is nobody`,
          'Define the group, or correct the name.',
        )
  if (universe === undefined) return
  const there = present(universe)
  const subjects = new Map(
    policies.map((policy) => [policy, there.among('subject', policy.subject, (party) => isSubject(policy.subject, party))]),
  )
  for (const policy of policies) {
    const { subject } = policy
    const unknown = subject.kind === 'endpoints' ? there.unknownIn(subject.namespaces) : []
    for (const name of unknown)
      yield aboutPolicy('unknown-namespace', policy, `no namespace is called ${name}`, 'Correct the name, or make the namespace.')
    if (unknown.length === 0 && subjects.get(policy)?.length === 0)
      yield aboutPolicy(
        'subject-selects-nothing',
        policy,
        `is about ${formatSubject(subject)}, and nobody is that`,
        'Compare the labels and the namespace with those of the pods that are meant.',
      )
  }
  for (const rule of rules) {
    const selected: (readonly Party[])[] = []
    const around = { settings: universe.settings, groups, services: () => there.services }
    for (const peer of rule.rule.peers ?? []) {
      const found = there.among('peer', peer, (party) => isPeer(peer, party, around))
      selected.push(found)
      const unknown = peer.kind === 'endpoints' ? there.unknownIn(peer.namespaces) : []
      for (const name of unknown)
        yield aboutRule('unknown-namespace', rule, `no namespace is called ${name}`, 'Correct the name, or make the namespace.')
      if (unknown.length > 0 || found.length > 0) continue
      if (peer.kind === 'service' && !there.services.some((service) => isService(peer, service)))
        yield aboutRule(
          'unknown-service',
          rule,
          `there is no ${formatPeer(peer)}: the peer is nobody`,
          'Correct the name, the namespace or the labels.',
        )
      else if (mustBeThere(peer))
        yield aboutRule(
          'peer-selects-nothing',
          rule,
          `nobody is ${formatPeer(peer)}`,
          'Compare the labels and the namespace with those of the pods that are meant.',
        )
    }
    const receivers =
      rule.rule.direction === 'ingress' ? [subjects.get(rule.policy) ?? []] : rule.rule.peers === undefined ? [there.parties] : selected
    const anybody = receivers.some((list) => list.length > 0)
    for (const port of rule.rule.ports ?? [])
      if (anybody && typeof port.port === 'string' && !receivers.some((list) => list.some((party) => hasNamed(port, party))))
        yield aboutRule(
          'unknown-port-name',
          rule,
          `no receiver calls a ${namedOf(port)} port ${port.port}`,
          'Name the port in the pods, or give its number.',
        )
  }
}

/** Peers that are of the cluster; what is outside need not be known. */
function mustBeThere(peer: Peer): boolean {
  return peer.kind === 'nodes' || peer.kind === 'endpoints'
}

function hasNamed({ port, protocol }: PortMatch, party: Party): boolean {
  if (typeof port !== 'string') return true
  const numbers = protocol === 'transport' ? transportNumbers : [protocolNumber(protocol)]
  return numbers.some((number) => portsNamed(port, number, party.namedPorts).length > 0)
}

function namedOf({ protocol }: PortMatch): string {
  return protocol === 'transport' ? 'TCP, UDP or SCTP' : protocolName(protocolNumber(protocol)).toUpperCase()
}

/** Who and what is in a universe, once for all checks. */
function present(universe: Universe): {
  readonly parties: readonly Party[]
  readonly services: readonly Service[]
  /** parties that the words mean; the same words are asked once */
  among(as: string, words: object, means: (party: Party) => boolean): readonly Party[]
  unknownIn(namespaces: NamespaceMatch | undefined): string[]
} {
  const ends = [
    ...[...universe.endpoints()].map(({ endpoint }) => ({ object: objectKey(endpoint) })),
    ...[...universe.nodes()].map(({ node }) => ({ object: node.name })),
    ...[...universe.identityNumbers()].map((identity) => ({ identity })),
    // the reserved ones are always there
    ...Array.from({ length: 10 }, (_, at) => ({ identity: at + 1 })),
  ]
  const parties = ends.flatMap((end) => universe.party(end) ?? [])
  const inhabited = new Set(parties.map(({ namespace }) => namespace))
  const isNamespace = (name: string): boolean => inhabited.has(name) || storeOf.get(universe)?.namespaceInput(name) !== undefined
  const meant = new Map<string, readonly Party[]>()
  return {
    parties,
    among(as, words, means) {
      const key = `${as} ${JSON.stringify(words)}`
      const there = meant.get(key) ?? parties.filter(means)
      meant.set(key, there)
      return there
    },
    services: [...universe.services()],
    unknownIn: (namespaces) => (namespaces?.names ?? []).filter((name) => !isNamespace(name)),
  }
}
