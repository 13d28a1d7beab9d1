import { deepFreeze } from '../rule/freeze.js'
import type { NetworkPolicy, Policy } from '../rule/policy.js'
import type { Rule } from '../rule/rule.js'
import type { Subject } from '../rule/subject.js'
import { normaliseBlocks } from './blocks.js'
import { sortedEntries } from './order.js'
import { normalisePeers } from './peers.js'
import { normalisePorts } from './ports.js'
import { normaliseNames, normaliseNamespaces, normaliseRequired, normaliseSelector } from './selectors.js'

/**
 * A policy written one way: lists in order, without what is said twice. It means exactly what it meant, for every universe, and its rules
 * keep their places, and so their names. Normalising again changes nothing.
 */
export function normalise<P extends Policy>(policy: P): P
export function normalise(policy: Policy): Policy {
  if (policy.kind === 'network-policy')
    return deepFreeze<NetworkPolicy>({ ...policy, subject: normaliseSubject(policy.subject), rules: policy.rules.map(normaliseRule) })
  return deepFreeze({ ...policy, labels: sortedEntries(Object.entries(policy.labels)), cidrs: normaliseBlocks(policy.cidrs) })
}

/** The same rule, written one way; what proxies are told stays as it was said. */
export function normaliseRule(rule: Rule): Rule {
  const { peers, requires, ports, ...rest } = rule
  const whom = peers === undefined ? undefined : normalisePeers(peers)
  const required = requires === undefined ? [] : normaliseRequired(requires)
  return {
    ...rest,
    ...(whom === undefined ? {} : { peers: whom }),
    ...(required.length === 0 ? {} : { requires: required }),
    ...(ports === undefined ? {} : { ports: normalisePorts(ports) }),
  }
}

export function normaliseSubject(subject: Subject): Subject {
  if (subject.kind === 'nodes') return { kind: subject.kind, selector: normaliseSelector(subject.selector) }
  const { kind, namespaces, selector, serviceAccounts } = subject
  return {
    kind,
    ...(namespaces === undefined ? {} : { namespaces: normaliseNamespaces(namespaces) }),
    selector: normaliseSelector(selector),
    ...(serviceAccounts === undefined ? {} : { serviceAccounts: normaliseNames(serviceAccounts) }),
  }
}
