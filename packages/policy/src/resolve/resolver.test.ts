import { describe, expect, it } from 'vitest'
import { relevantLabels } from '../relevant/relevant.js'
import type { NetworkPolicy, NetworkPolicyInput } from '../rule/policy.js'
import { defineCidrGroup, definePolicy } from '../schema/define.js'
import type { EndpointInput, UniverseInput } from '../universe/input.js'
import { createUniverse } from '../universe/universe.js'
import type { Limits } from './capacity.js'
import { isEmptyDelta } from './delta.js'
import { createResolver, type Resolver } from './resolver.js'

type RuleInput = NonNullable<NetworkPolicyInput['rules']>[number]

const policy = (key: string, ...rules: RuleInput[]): NetworkPolicy =>
  definePolicy({
    kind: 'network-policy',
    key,
    subject: { kind: 'endpoints', selector: { matchLabels: { app: 'web' } } },
    rules,
    source: { file: 'shop.yaml', line: 7, column: 1, path: '' },
  }).unwrap()
const pods = (app: string) => ({ kind: 'endpoints' as const, selector: { matchLabels: { app } } })
const block = (prefix: string, ...except: string[]) => ({ kind: 'cidr' as const, prefix, except })
const web = (name: string, more: Partial<EndpointInput> = {}): EndpointInput => ({
  name,
  namespace: 'shop',
  labels: { app: 'web' },
  ...more,
})
const of = (input: UniverseInput, policies: readonly NetworkPolicy[] = [], limits: Partial<Limits> = {}): Resolver =>
  createResolver({ universe: createUniverse(input).unwrap(), policies, limits }).unwrap()
const tcp80 = { protocol: 6, number: 80 }

function verdict(
  resolver: Resolver,
  object: string,
  direction: 'ingress' | 'egress',
  peer: number | undefined,
  traffic = tcp80,
): string | undefined {
  const tables = resolver.tables()
  return tables.sets.get(tables.endpoints.get(object)?.set ?? '')?.[direction].lookup(peer ?? 0, traffic)?.verdict
}

describe('policy sets', () => {
  it('are shared by endpoints that the same policies are about, whatever their other labels', () => {
    const resolver = of({ endpoints: [web('a'), web('b', { labels: { app: 'web', release: '7' } }), { name: 'c', namespace: 'shop' }] }, [
      policy('p', { direction: 'ingress', peers: [pods('web')] }),
    ])
    const { endpoints, sets } = resolver.tables()
    expect(endpoints.get('shop/a')?.identity).not.toBe(endpoints.get('shop/b')?.identity)
    expect(endpoints.get('shop/a')?.set).toBe(endpoints.get('shop/b')?.set)
    expect(endpoints.get('shop/c')?.set).not.toBe(endpoints.get('shop/a')?.set)
    expect(sets.size).toBe(2)
  })

  it('are one when they say the same, though other policies are behind them', () => {
    // the second policy is about b alone and, in this universe, says nothing that the first has not said
    const nothing = definePolicy({
      kind: 'network-policy',
      key: 'q',
      subject: { kind: 'endpoints', selector: { matchLabels: { release: '7' } } },
      rules: [{ direction: 'ingress', peers: [pods('nobody')] }],
    }).unwrap()
    const resolver = of({ endpoints: [web('a'), web('b', { labels: { app: 'web', release: '7' } })] }, [
      policy('p', { direction: 'ingress', peers: [pods('web')] }),
      nothing,
    ])
    const { endpoints } = resolver.tables()
    expect(endpoints.get('shop/a')?.set).toBe(endpoints.get('shop/b')?.set)
    resolver.apply([{ kind: 'identity', identity: { identity: 900, labels: { app: 'nobody' } } }]).unwrap()
    const now = resolver.tables().endpoints
    expect(now.get('shop/a')?.set).not.toBe(now.get('shop/b')?.set)
  })

  it('are for endpoints of this node alone', () => {
    const resolver = of({ endpoints: [web('a'), web('far', { local: false })], nodes: [{ name: 'here', local: true }, { name: 'there' }] })
    expect([...resolver.tables().endpoints.keys()].sort()).toEqual(['here', 'shop/a'])
  })
})

describe('address blocks', () => {
  const wide = policy(
    'wide',
    { direction: 'egress', peers: [block('10.0.0.0/8', '10.1.0.0/16')] },
    { direction: 'egress', action: 'deny', peers: [block('10.2.3.0/24')] },
  )

  it('have an identity each, of which the longest counts', () => {
    const resolver = of({ endpoints: [web('a')] }, [wide])
    const at = (ip: string): number | undefined => resolver.universe.party({ ip })?.identity
    expect(
      resolver
        .tables()
        .addresses.map(({ prefix }) => `${prefix}`)
        .sort(),
    ).toEqual(['10.0.0.0/8', '10.1.0.0/16', '10.2.3.0/24'])
    expect(at('8.8.8.8')).toBe(9)
    expect(at('2001:db8::1')).toBe(10)
    expect(verdict(resolver, 'shop/a', 'egress', at('10.9.9.9'))).toBe('allow')
    expect(verdict(resolver, 'shop/a', 'egress', at('10.1.2.3'))).toBe('deny')
    expect(verdict(resolver, 'shop/a', 'egress', at('10.2.3.4'))).toBe('deny')
    expect(verdict(resolver, 'shop/a', 'egress', at('8.8.8.8'))).toBe('deny')
  })

  it('go with the last rule that names them, and come with groups', () => {
    const resolver = of({ endpoints: [web('a')] }, [wide])
    const grouped = policy('g', { direction: 'egress', peers: [{ kind: 'cidr-group', name: 'partners' }] })
    resolver.apply([{ kind: 'policy', policy: grouped }]).unwrap()
    const group = defineCidrGroup({ kind: 'cidr-group', name: 'partners', cidrs: ['10.0.0.0/8', '192.0.2.0/24'] }).unwrap()
    expect(
      resolver
        .apply([{ kind: 'policy', policy: group }])
        .unwrap()
        .addresses.added.map(({ prefix }) => `${prefix}`),
    ).toEqual(['192.0.2.0/24'])
    const gone = resolver.apply([{ kind: 'policy-removed', key: 'wide' }]).unwrap()
    expect(gone.addresses.removed.map(({ prefix }) => `${prefix}`).sort()).toEqual(['10.1.0.0/16', '10.2.3.0/24'])
    expect(verdict(resolver, 'shop/a', 'egress', resolver.universe.party({ ip: '10.1.2.3' })?.identity)).toBe('allow')
  })

  it('come and go with names, as their bindings do', () => {
    const resolver = of({ endpoints: [web('a')] }, [
      policy('n', { direction: 'egress', peers: [{ kind: 'fqdn', matchPattern: '*.example.com' }] }),
    ])
    const bound = resolver.apply([
      { kind: 'binding', binding: { name: 'a.example.com', addresses: ['192.0.2.1'], expiresAtMs: 1_000 } },
      { kind: 'binding', binding: { name: 'other.example.org', addresses: ['192.0.2.2'] } },
    ])
    expect(bound.unwrap().addresses.added.map(({ prefix }) => `${prefix}`)).toEqual(['192.0.2.1/32'])
    const identity = resolver.universe.party({ ip: '192.0.2.1' })?.identity
    expect(verdict(resolver, 'shop/a', 'egress', identity)).toBe('allow')
    expect(isEmptyDelta(resolver.apply([{ kind: 'clock', nowMs: 999 }]).unwrap())).toBe(true)
    const ended = resolver.apply([{ kind: 'clock', nowMs: 1_000 }]).unwrap()
    expect(ended.addresses.removed).toMatchObject([{ identity }])
  })
})

describe('a delta', () => {
  it('of an identity is the entries of the tables that list it', () => {
    const resolver = of({ endpoints: [web('a'), { name: 'c', namespace: 'shop' }] }, [
      policy('p', { direction: 'ingress', peers: [pods('db')] }),
    ])
    const delta = resolver.apply([{ kind: 'identity', identity: { identity: 900, labels: { app: 'db' } } }]).unwrap()
    expect(delta.tables.added).toEqual([])
    expect(delta.tables.patched).toHaveLength(1)
    expect([...(delta.tables.patched[0]?.peers.keys() ?? [])]).toEqual([900])
    expect(delta.tables.removed).toEqual([delta.tables.patched[0]?.from])
    expect(delta.endpoints.set.map(({ object }) => object)).toEqual(['shop/a'])
    expect(isEmptyDelta(resolver.apply([{ kind: 'identity', identity: { identity: 901, labels: { app: 'other' } } }]).unwrap())).toBe(true)
  })

  it('of what is the same again is empty', () => {
    const same = policy('p', { direction: 'ingress', peers: [pods('db')] })
    const resolver = of({ endpoints: [web('a')] }, [same])
    expect(isEmptyDelta(resolver.apply([{ kind: 'policy', policy: same }]).unwrap())).toBe(true)
    expect(isEmptyDelta(resolver.apply([{ kind: 'endpoint', endpoint: web('a') }]).unwrap())).toBe(true)
  })
})

describe('what does not fit', () => {
  const many = (count: number): RuleInput => ({
    direction: 'egress',
    peers: Array.from({ length: count }, (_, at) => block(`10.0.${at}.0/24`)),
  })
  const spread: RuleInput = { direction: 'egress', ports: Array.from({ length: 20 }, (_, at) => ({ protocol: 'tcp', port: at * 3 + 1 })) }
  const looking = (name: string): RuleInput => ({
    direction: 'egress',
    peers: [pods(name)],
    ports: [{ protocol: 'tcp', port: 80 }],
    l7: { parser: 'http', listener: { name } },
  })
  const others = ['w', 'x', 'y', 'z'].map((app, at) => ({ identity: 900 + at, labels: { app } }))

  it.each<[string, RuleInput[], Partial<Limits>, object]>([
    ['peers', [many(9)], { peers: 8 }, { limit: 'peers', allowed: 8, needed: 9 }],
    ['ports', [spread], { ports: 16 }, { limit: 'ports', allowed: 16 }],
    [
      'classes of ports',
      [spread, { direction: 'egress', ports: [{ protocol: 'udp', port: 53 }] }],
      { portClasses: 2 },
      { limit: 'port-classes', needed: 3 },
    ],
    [
      'classes of peers',
      ['w', 'x', 'y', 'z'].map((app): RuleInput => ({ direction: 'egress', peers: [pods(app)] })),
      { peerClasses: 4 },
      { limit: 'peer-classes', needed: 5 },
    ],
    [
      'rules',
      ['x', 'y', 'z'].map((app): RuleInput => ({ direction: 'egress', peers: [pods(app)] })),
      { rules: 2 },
      { limit: 'rules', needed: 3 },
    ],
    ['listeners', ['x', 'y', 'z'].map(looking), { listeners: 2 }, { limit: 'listeners', needed: 3 }],
  ])('is refused by name, with the rules to blame, and nothing is changed: %s', (_, rules, limits, error) => {
    const resolver = of(
      { endpoints: [web('a')], identities: others },
      [policy('small', { direction: 'ingress', peers: [pods('x')] })],
      limits,
    )
    const before = resolver.tables()
    const [set] = before.sets.keys()
    const refused = resolver.apply([
      { kind: 'identity', identity: { identity: 950, labels: { app: 'x', more: '1' } } },
      { kind: 'policy', policy: policy('large', ...rules) },
    ])
    expect(refused.unwrapErr()).toMatchObject({
      code: 'policy.capacity',
      endpoints: ['shop/a'],
      hint: expect.stringContaining('large egress'),
      ...error,
    })
    expect(refused.unwrapErr()).toMatchObject({
      blame: expect.arrayContaining([expect.objectContaining({ rule: 'large egress[0]', source: 'shop.yaml:7' })]),
    })
    expect([...resolver.tables().sets.keys()]).toEqual([set])
    expect(resolver.tables().addresses).toEqual([])
    expect(resolver.policies().map((one) => (one.kind === 'network-policy' ? one.key : ''))).toEqual(['small'])
    expect(resolver.universe.party({ identity: 950 })).toBeUndefined()
    // and what fits is taken afterwards
    expect(resolver.apply([{ kind: 'policy', policy: policy('fits', { direction: 'ingress', peers: [pods('y')] }) }]).isOk()).toBe(true)
  })

  it('is undone also where something went in the same call', () => {
    const resolver = of({ endpoints: [web('a'), web('b')] }, [policy('small', { direction: 'ingress', peers: [pods('x')] })], { peers: 8 })
    const before = new Map(resolver.tables().endpoints)
    const refused = resolver.apply([
      { kind: 'endpoint-removed', key: 'shop/b' },
      { kind: 'endpoint', endpoint: web('c') },
      { kind: 'policy-removed', key: 'small' },
      { kind: 'policy', policy: policy('large', many(9)) },
    ])
    expect(refused.unwrapErr().code).toBe('policy.capacity')
    expect(new Map(resolver.tables().endpoints)).toEqual(before)
  })

  it('is refused at the beginning, too', () => {
    const made = createResolver({
      universe: createUniverse({ endpoints: [web('a')] }).unwrap(),
      policies: [policy('large', many(9))],
      limits: { peers: 8 },
    })
    expect(made.unwrapErr().code).toBe('policy.capacity')
  })

  it('is too many sets', () => {
    const resolver = of({ endpoints: [web('a'), { name: 'b' }] }, [], { sets: 2 })
    const refused = resolver.apply([
      { kind: 'policy', policy: policy('p', { direction: 'ingress', peers: [pods('x')] }) },
      { kind: 'identity', identity: { identity: 900, labels: { app: 'x' } } },
    ])
    expect(refused.unwrapErr()).toMatchObject({ code: 'policy.capacity', limit: 'sets', needed: 3 })
  })
})

describe('what cannot be', () => {
  it('is an identity whose endpoints a block tells apart', () => {
    const near = definePolicy({
      kind: 'network-policy',
      key: 'near',
      tier: 'admin',
      subject: { kind: 'endpoints' },
      rules: [{ direction: 'egress', action: 'deny', peers: [{ ...block('10.0.0.0/24'), scope: 'any' }] }],
    }).unwrap()
    const input = { endpoints: [web('a', { addresses: ['10.0.0.1'] }), web('b', { addresses: ['10.0.1.1'] })] }
    const refused = createResolver({ universe: createUniverse(input).unwrap(), policies: [near] }).unwrapErr()
    expect(refused).toMatchObject({
      code: 'policy.ambiguous-identity',
      prefix: '10.0.0.0/24',
      hint: expect.stringContaining('relevantLabels'),
    })
    const told = createUniverse(input, { relevant: relevantLabels([near]) }).unwrap()
    const resolver = createResolver({ universe: told, policies: [near] }).unwrap()
    expect(verdict(resolver, 'shop/a', 'egress', told.identityOf('shop/b'))).toBe('allow')
    expect(verdict(resolver, 'shop/b', 'egress', told.identityOf('shop/a'))).toBe('deny')
  })

  it('is a policy that looks at labels which identities were not allotted on', () => {
    const relevant = relevantLabels([])
    const universe = createUniverse({ endpoints: [web('a')] }, { relevant }).unwrap()
    expect(createResolver({ universe, policies: [policy('p', { direction: 'ingress', peers: [pods('x')] })] }).unwrapErr()).toMatchObject({
      code: 'input.invalid',
      message: expect.stringContaining('label app'),
    })
  })

  it.each([
    ['an address of another', { kind: 'endpoint', endpoint: web('b', { addresses: ['10.0.0.1'] }) }, 'addresses[0]'],
    ['a field that is none', { kind: 'endpoint', endpoint: { ...web('b'), adresses: [] } }, 'changes[1].endpoint'],
    ['a time that is none', { kind: 'clock', nowMs: Number.NaN }, 'nowMs'],
  ])('is %s; what came before it in the same call is undone', (_, change, path) => {
    const resolver = of({ endpoints: [web('a', { addresses: ['10.0.0.1'] })] })
    const refused = resolver.apply([{ kind: 'endpoint', endpoint: { name: 'c' } }, change as never])
    expect(refused.unwrapErr()).toMatchObject({ code: 'input.invalid', path })
    expect([...resolver.tables().endpoints.keys()]).toEqual(['shop/a'])
    expect(resolver.universe.endpoint('c')).toBeUndefined()
  })

  it('is one key for two policies at the beginning', () => {
    const one = policy('p', { direction: 'ingress' })
    expect(createResolver({ policies: [one, one] }).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'policies[1]' })
    const group = defineCidrGroup({ kind: 'cidr-group', name: 'g', cidrs: [] }).unwrap()
    expect(createResolver({ policies: [one, group, group] }).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'policies[2]' })
  })
})
