/** One small cluster that the tables of the semantics are about, and the questions they ask of it. */
import { evaluate } from '../evaluate/evaluate.js'
import type { Flow } from '../evaluate/flow.js'
import type { Verdict } from '../evaluate/verdict.js'
import type { CidrGroupInput, NetworkPolicyInput, Policy } from '../rule/policy.js'
import { defineCidrGroup, definePolicy } from '../schema/define.js'
import type { UniverseInput } from '../universe/input.js'
import { createUniverse, type FlowEnd, type Universe } from '../universe/universe.js'

export type RuleInput = NonNullable<NetworkPolicyInput['rules']>[number]
export type PeerInput = NonNullable<RuleInput['peers']>[number]
export type PortInput = NonNullable<RuleInput['ports']>[number]

export const shop: UniverseInput = {
  // the node itself would be let in anywhere, which is a table of its own
  settings: { allowLocalHost: false },
  namespaces: [
    { name: 'shop', labels: { team: 'red' } },
    { name: 'bank', labels: { team: 'blue' } },
  ],
  endpoints: [
    {
      name: 'web',
      namespace: 'shop',
      labels: { app: 'web', env: 'prod' },
      serviceAccount: 'web',
      addresses: ['10.0.0.1', '2001:db8::1'],
      namedPorts: [
        { name: 'http', port: 8080 },
        { name: 'dns', port: 53, protocol: 'udp' },
      ],
    },
    {
      name: 'db',
      namespace: 'shop',
      labels: { app: 'db', env: '' },
      serviceAccount: 'db',
      addresses: ['10.0.0.2'],
      namedPorts: [{ name: 'http', port: 9090 }],
    },
    { name: 'bare', namespace: 'shop', addresses: ['10.0.0.3'] },
    { name: 'web', namespace: 'bank', labels: { app: 'web' }, serviceAccount: 'web', addresses: ['10.0.1.1'] },
    // a namespace that nobody declared, and no namespace at all
    { name: 'web', namespace: 'lost', labels: { app: 'web' } },
    { name: 'stray', labels: { app: 'web', 'container:app': 'box' } },
    { name: 'health', reserved: 'health' },
    { name: 'gateway', reserved: 'ingress' },
    { name: 'early', reserved: 'init' },
    { name: 'foreign', reserved: 'unmanaged' },
  ],
  nodes: [
    { name: 'here', local: true, addresses: ['192.168.0.1'], labels: { role: 'worker' } },
    { name: 'there', addresses: ['192.168.0.2'], labels: { role: 'worker', disk: 'ssd' } },
    { name: 'master', addresses: ['192.168.0.3'], kubeApiserver: true },
  ],
  services: [
    { name: 'web', namespace: 'shop', labels: { kind: 'front' }, selector: { app: 'web' } },
    { name: 'legacy', namespace: 'shop', labels: { kind: 'back' }, addresses: ['203.0.113.7', '10.0.0.1'] },
    { name: 'empty', namespace: 'shop', selector: {}, addresses: ['203.0.113.8'] },
  ],
  kubeApiserver: ['198.51.100.1'],
  bindings: [
    { name: 'api.example.com', addresses: ['203.0.113.7'] },
    { name: 'a.b.Example.com.', addresses: ['203.0.113.8'], expiresAtMs: 100 },
    { name: 'web.shop', addresses: ['10.0.0.1'] },
  ],
}

/** Who may be at the other end. */
export const parties: Readonly<Record<string, FlowEnd>> = {
  ...Object.fromEntries(
    [
      'shop/web',
      'shop/db',
      'shop/bare',
      'bank/web',
      'lost/web',
      'stray',
      'health',
      'gateway',
      'early',
      'foreign',
      'here',
      'there',
      'master',
    ].map((object) => [object, { object }]),
  ),
  'api outside': { ip: '198.51.100.1' },
  '203.0.113.7': { ip: '203.0.113.7' },
  '203.0.113.8': { ip: '203.0.113.8' },
  '2001:db8::9': { ip: '2001:db8::9' },
}

export const all = Object.keys(parties)
/** The parties but these. */
export const allBut = (...names: string[]): string[] => all.filter((name) => !names.includes(name))
export const pods = ['shop/web', 'shop/db', 'shop/bare', 'bank/web', 'lost/web', 'stray']
export const outside = ['api outside', '203.0.113.7', '203.0.113.8', '2001:db8::9']

export function shopUniverse(changed: UniverseInput = {}): Universe {
  return createUniverse({ ...shop, ...changed, settings: { ...shop.settings, ...changed.settings } }).unwrap()
}

/** A policy, for every endpoint where nothing else is said. */
export function policy(input: Partial<NetworkPolicyInput> = {}): Policy {
  return definePolicy({ kind: 'network-policy', key: 'p', subject: { kind: 'endpoints' }, ...input }).unwrap()
}

export function group(input: Omit<CidrGroupInput, 'kind'>): Policy {
  return defineCidrGroup({ kind: 'cidr-group', ...input }).unwrap()
}

/** A policy of rules that allow ingress, where nothing else is said. */
export function rules(...all: Partial<RuleInput>[]): Policy {
  return policy({ rules: all.map((rule) => ({ direction: 'ingress', ...rule })) })
}

/** What becomes of a flow into shop/db at TCP port 80, where nothing else is said. */
export function ask(policies: readonly Policy[], flow: Partial<Flow> = {}, universe: Universe = shopUniverse()): Verdict {
  const port = flow.protocol === undefined || ['tcp', 'udp', 'sctp', 6, 17, 132].includes(flow.protocol) ? { port: 80 } : {}
  return evaluate(universe, policies, {
    direction: 'ingress',
    from: { object: 'shop/web' },
    to: { object: 'shop/db' },
    protocol: 'tcp',
    ...port,
    ...flow,
  })
}

/** Who of the parties gets into shop/db. */
export function whoEnters(policies: readonly Policy[], universe: Universe = shopUniverse()): string[] {
  return all.filter((name) => ask(policies, { from: parties[name] as FlowEnd }, universe).verdict === 'allow')
}

/** Whom of the parties shop/db gets to. */
export function whoIsReached(policies: readonly Policy[], universe: Universe = shopUniverse()): string[] {
  const from = { object: 'shop/db' }
  return all.filter((name) => ask(policies, { direction: 'egress', from, to: parties[name] as FlowEnd }, universe).verdict === 'allow')
}
