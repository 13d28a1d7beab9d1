import { describe, expect, it } from 'vitest'
import type { NetworkPolicy } from '../../rule/policy.js'
import type { LabelSelector } from '../../rule/selector.js'
import type { Subject } from '../../rule/subject.js'
import { type PeerInput, type PortInput, type RuleInput, rules } from '../../testing/shop.js'
import { contextOf, type LintRule } from './context.js'
import { peersCover, portsCover } from './covers-rule.js'
import { namespacesCover, selectorCovers, subjectCovers } from './covers-selector.js'

const lintRule = (rule: Partial<RuleInput>): LintRule => contextOf([rules(rule) as NetworkPolicy], undefined).rules[0] as LintRule
const plain = { blocksAreOutside: true, nothingRequired: true }
const peers = (wide: PeerInput[], narrow: PeerInput[], comparing = plain): boolean =>
  peersCover(lintRule({ peers: wide }).normal.peers, lintRule({ peers: narrow }).normal.peers, comparing)
const ports = (wide: PortInput[], narrow: PortInput[]): boolean =>
  portsCover(lintRule({ ports: wide }).normal.ports, lintRule({ ports: narrow }).normal.ports)
const block = (prefix: string, ...except: string[]): PeerInput => ({ kind: 'cidr', prefix, except })
const entity = (name: Extract<PeerInput, { kind: 'entity' }>['entity']): PeerInput => ({ kind: 'entity', entity: name })
const fqdn = (matchPattern: string): PeerInput => ({ kind: 'fqdn', matchPattern })
const on = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key: 'a', operator, ...(values.length === 0 ? {} : { values }) }],
})

describe('a selector that takes in another', () => {
  it.each<[boolean, LabelSelector, LabelSelector]>([
    [true, {}, on('In', 'x')],
    [false, on('In', 'x'), {}],
    [true, on('In', 'x', 'y'), on('In', 'x')],
    [false, on('In', 'x'), on('In', 'x', 'y')],
    [false, on('In', 'x'), on('Exists')],
    [true, on('Exists'), on('In', 'x')],
    [false, on('Exists'), on('NotIn', 'x')],
    [true, on('NotIn', 'x'), on('NotIn', 'x', 'y')],
    [false, on('NotIn', 'x', 'y'), on('NotIn', 'x')],
    [true, on('NotIn', 'x'), on('DoesNotExist')],
    // two sources may give a key two values
    [false, on('NotIn', 'x'), on('In', 'y')],
    [false, on('DoesNotExist'), on('NotIn', 'x')],
    [false, { matchLabels: { b: 'x' } }, { matchLabels: { a: 'x' } }],
    [true, { matchLabels: { a: 'x' } }, { matchLabels: { a: 'x', b: 'y' } }],
  ])('%s: %j and %j', (expected, wide, narrow) => {
    expect(selectorCovers(wide, narrow)).toBe(expected)
  })
})

describe('namespaces and subjects that take in others', () => {
  it('by name, by labels', () => {
    expect(namespacesCover(undefined, { names: ['a'] })).toBe(true)
    expect(namespacesCover({}, undefined)).toBe(false)
    expect(namespacesCover({ names: ['a', 'b'] }, { names: ['a'] })).toBe(true)
    expect(namespacesCover({ names: ['a'] }, { names: ['a', 'b'] })).toBe(false)
    expect(namespacesCover({ names: ['a'] }, {})).toBe(false)
    expect(namespacesCover({ selector: on('Exists') }, { names: ['a'] })).toBe(false)
  })

  const pods = (selector: LabelSelector = {}, serviceAccounts?: string[]): Subject => ({
    kind: 'endpoints',
    selector,
    ...(serviceAccounts === undefined ? {} : { serviceAccounts }),
  })
  const ofHealth: LabelSelector = { matchLabels: { 'reserved:health': '' } }
  it.each<[boolean, Subject, Subject]>([
    [true, pods(), pods(on('Exists'))],
    [false, pods(), { kind: 'nodes', selector: {} }],
    [true, { kind: 'nodes', selector: {} }, { kind: 'nodes', selector: on('Exists') }],
    // no policy is about the node’s own endpoints but one that names them
    [false, pods(), pods(ofHealth)],
    [true, pods(ofHealth), pods(ofHealth)],
    [true, pods(), pods({}, ['s'])],
    [false, pods({}, ['s']), pods()],
    [false, pods({}, ['s']), pods({}, ['s', 't'])],
  ])('%s: %j and %j', (expected, wide, narrow) => {
    expect(subjectCovers(wide, narrow)).toBe(expected)
  })
})

describe('peers that take in others', () => {
  it.each<[boolean, PeerInput[], PeerInput[]]>([
    [true, [block('10.0.0.0/8')], [block('10.1.0.0/16')]],
    [false, [block('10.1.0.0/16')], [block('10.0.0.0/8')]],
    [false, [block('10.0.0.0/8', '10.1.0.0/16')], [block('10.0.0.0/8')]],
    [false, [block('10.0.0.0/8', '10.1.0.0/16')], [block('10.1.0.0/24')]],
    [true, [block('10.0.0.0/8', '10.1.0.0/16')], [block('10.2.0.0/16')]],
    [true, [block('10.0.0.0/8', '10.1.2.0/24')], [block('10.0.0.0/8', '10.1.0.0/16')]],
    [false, [block('0.0.0.0/0')], [block('::/0')]],
    [false, [block('10.0.0.0/8')], [{ kind: 'cidr', prefix: '10.0.0.0/8', scope: 'any' }]],
    [true, [{ kind: 'cidr', prefix: '10.0.0.0/8', scope: 'any' }], [block('10.0.0.0/8')]],
    [true, [entity('world')], [block('10.0.0.0/8'), fqdn('*.x'), entity('world-ipv6')]],
    [true, [entity('world-ipv4')], [block('10.0.0.0/8')]],
    [false, [entity('world-ipv6')], [block('10.0.0.0/8')]],
    [false, [entity('world-ipv4')], [entity('world')]],
    [true, [entity('cluster')], [{ kind: 'nodes' }, { kind: 'endpoints' }, entity('health')]],
    [false, [entity('cluster')], [{ kind: 'endpoints', scope: 'any' }]],
    [true, [{ kind: 'nodes' }], [{ kind: 'nodes', scope: 'remote' }]],
    [false, [{ kind: 'nodes', scope: 'remote' }], [{ kind: 'nodes' }]],
    [true, [{ kind: 'endpoints', scope: 'any' }], [{ kind: 'endpoints' }]],
    [true, [fqdn('*')], [fqdn('*.x')]],
    [true, [fqdn('*.x')], [{ kind: 'fqdn', matchName: 'a.x' }]],
    [false, [fqdn('*.x')], [{ kind: 'fqdn', matchName: 'a.b.x' }]],
    [false, [{ kind: 'fqdn', matchName: 'a.x' }], [fqdn('*.x')]],
    [true, [{ kind: 'service', name: 's' }], [{ kind: 'service', name: 's' }]],
    [false, [{ kind: 'service', name: 's' }], [{ kind: 'service', name: 't' }]],
    [true, [entity('all')], [{ kind: 'service', name: 't' }]],
  ])('%s: %j and %j', (expected, wide, narrow) => {
    expect(peers(wide, narrow)).toBe(expected)
  })

  it('depend on whether blocks may be nodes, and on what is required', () => {
    expect(peers([entity('world')], [block('10.0.0.0/8')], { ...plain, blocksAreOutside: false })).toBe(false)
    expect(peers([{ kind: 'endpoints' }], [{ kind: 'endpoints' }], { ...plain, nothingRequired: false })).toBe(false)
  })

  it('are everyone, when none are named', () => {
    expect(peersCover(undefined, lintRule({ peers: [entity('host')] }).normal.peers, plain)).toBe(true)
    expect(peersCover(lintRule({ peers: [entity('world')] }).normal.peers, undefined, plain)).toBe(false)
  })
})

describe('ports that take in others', () => {
  const tcp = (port?: number | string, endPort?: number): PortInput => ({
    protocol: 'tcp',
    ...(port === undefined ? {} : { port }),
    ...(endPort === undefined ? {} : { endPort }),
  })
  it.each<[boolean, PortInput[], PortInput[]]>([
    [true, [tcp(1, 100)], [tcp(80)]],
    [false, [tcp(80)], [tcp(80, 81)]],
    [true, [tcp(80), tcp(81)], [tcp(80, 81)]],
    [true, [tcp()], [tcp(80), tcp('http')]],
    [false, [tcp(1, 65535)], [tcp()]],
    [true, [tcp(1, 65535)], [tcp('http')]],
    [false, [tcp(1, 65534)], [tcp('http')]],
    [false, [tcp('http')], [tcp('dns')]],
    [true, [{ protocol: 'transport', port: 80 }], [tcp(80)]],
    [false, [tcp(80)], [{ protocol: 'transport', port: 80 }]],
    [true, [{ protocol: 'icmp' }], [{ protocol: 'icmp', icmpType: 0 }]],
    [false, [{ protocol: 'icmp', icmpType: 0 }], [{ protocol: 'icmp' }]],
    [false, [{ protocol: 'icmp', icmpType: 0 }], [{ protocol: 'icmp', icmpType: 8 }]],
    [false, [tcp()], [{ protocol: 47 }]],
  ])('%s: %j and %j', (expected, wide, narrow) => {
    expect(ports(wide, narrow)).toBe(expected)
  })
})
