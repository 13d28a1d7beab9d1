import {
  createResolver,
  createUniverse,
  type DirectionTable,
  definePolicy,
  type NetworkPolicy,
  type PeerClass,
  type Resolver,
  type UniverseInput,
} from '@axoneme/policy'
import { describe, expect, it } from 'vitest'
import { PolicyTables } from './policy-tables.js'
import { expectAgreement } from './testing/agree.js'
import { MemoryMaps } from './testing/memory-maps.js'

type RuleInput = Parameters<typeof definePolicy>[0]['rules'] extends infer R
  ? NonNullable<R> extends readonly (infer T)[]
    ? T
    : never
  : never

const ME = { name: 'me', labels: { app: 'me' } }

function policy(rules: RuleInput[]): NetworkPolicy {
  return definePolicy({
    kind: 'network-policy',
    key: 'policy me',
    subject: { kind: 'endpoints', selector: { matchLabels: { app: 'me' } } },
    rules,
  }).unwrap()
}

function resolve(input: UniverseInput, rules: RuleInput[], limits = {}): Resolver {
  return createResolver({ universe: createUniverse(input).unwrap(), policies: [policy(rules)], limits }).unwrap()
}

function ingressOf(resolver: Resolver): DirectionTable {
  const { sets, endpoints } = resolver.tables()
  return sets.get(endpoints.get('me')?.set ?? '')?.ingress ?? expect.fail('it has a table')
}

function timed<T>(what: string, work: () => T): T {
  const begun = performance.now()
  const done = work()
  console.log(`${what}: ${(performance.now() - begun).toFixed(2)} ms`)
  return done
}

const usedBy = (tables: PolicyTables): Record<string, number> =>
  Object.fromEntries(Object.entries(tables.usage()).map(([map, { used }]) => [map, used]))

/** Rule `n` lets identity 1000 + n in, to port 10 000 + 3 n. By hand: to resolve so many classes for so many peers takes long. */
function thousandRules(): DirectionTable {
  const denied = { verdict: 'deny', reason: 'default-deny' } as const
  const rules = Array.from({ length: 1_000 }, (_, at) => at)
  const row = (of?: number): PeerClass => ({
    decisions: Array.from({ length: 1_001 }, (_, at) =>
      at - 1 === of ? { verdict: 'allow', reason: 'rule', rule: `policy me ingress[${of}]` } : { ...denied },
    ),
  })
  const nobody = row()
  const peers = new Map(rules.map((rule) => [1_000 + rule, row(rule)]))
  return {
    id: 'a thousand rules',
    direction: 'ingress',
    ports: [
      { protocol: undefined, number: 0, length: 0, class: 0 },
      ...rules.map((rule) => ({ protocol: 6, number: 10_000 + rule * 3, length: 16, class: rule + 1 })),
    ],
    traffic: [{ protocol: 256, number: 0 }, ...rules.map((rule) => ({ protocol: 6, number: 10_000 + rule * 3 }))],
    defaults: { reserved: nobody, endpoint: nobody, 'address-ipv4': nobody, 'address-ipv6': nobody, node: nobody },
    peers,
    sizes: { ports: 1_001, portClasses: 1_001, peers: 1_000, peerClasses: 1_001, rules: 1_000, listeners: 0 },
    lookup: (identity, { protocol, number }) =>
      (peers.get(identity) ?? nobody).decisions[
        protocol === 6 && number >= 10_000 && (number - 10_000) % 3 === 0 ? (number - 10_000) / 3 + 1 : 0
      ],
  }
}

describe('sizes', () => {
  it('a thousand rules, each for another peer and port, fit into the default sizes', () => {
    const table = thousandRules()
    const memory = new MemoryMaps()
    const tables = new PolicyTables(memory)
    const number = timed('a table of 1000 rules', () => tables.write(table)).unwrap()
    // a row is 32 chunks, of which all but one are the ones that say "nothing allows it"
    expect(usedBy(tables)).toEqual({
      tables: 1,
      directories: 1,
      chunks: 1_129,
      rows: 1_024 * 32,
      peerRows: 32,
      identities: 1_000,
      decisions: 1_001,
      listeners: 0,
    })
    for (const at of [0, 1, 31, 32, 499, 999]) {
      const ports = [at, (at + 1) % 1_000, (at + 500) % 1_000].map((rule) => ({ protocol: 6, number: 10_000 + rule * 3 }))
      expectAgreement(
        memory,
        tables,
        number,
        table,
        [1_000 + at, 1_000 + ((at + 1) % 1_000), 9_999],
        [...ports, { protocol: 17, number: 10_000 }],
      )
    }
  })

  it('ten thousand identities cost few entries each, and one more costs almost nothing', () => {
    const identities = Array.from({ length: 10_000 }, (_, at) => ({
      identity: 1_000 + at,
      labels: { app: `app-${at % 50}`, own: `${at}` },
    }))
    const rules = Array.from(
      { length: 25 },
      (_, at): RuleInput => ({
        direction: 'ingress',
        peers: [{ kind: 'endpoints', selector: { matchLabels: { app: `app-${at}` } } }],
        ports: [{ protocol: 'tcp', port: 80 + at * 10 }],
      }),
    )
    rules.push({
      direction: 'ingress',
      peers: [{ kind: 'endpoints', selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }],
      ports: [{ protocol: 'udp', port: 53 }],
    })
    const resolver = resolve({ endpoints: [ME], identities }, rules)
    const table = ingressOf(resolver)
    expect(table.peers.size).toBeGreaterThanOrEqual(10_000)
    const memory = new MemoryMaps()
    const tables = new PolicyTables(memory)
    const number = timed('a table of 10 000 identities', () => tables.write(table)).unwrap()
    console.log(JSON.stringify(usedBy(tables)), `${memory.touched} entries written`)

    let entries = 0
    for (const app of ['app-1', 'app-2', 'app-30', 'app-3']) {
      const { tables: changed } = resolver.apply([{ kind: 'identity', identity: { identity: 1_007, labels: { app, own: '7' } } }]).unwrap()
      const [patch] = changed.patched
      if (patch === undefined) expect.fail('one identity is a patch')
      const before = memory.touched
      expect(timed('a patch of one identity', () => tables.patch(patch, true)).unwrap()).toEqual({ number, replaced: false })
      entries = Math.max(entries, memory.touched - before)
      const now = ingressOf(resolver)
      expectAgreement(memory, tables, number, now, [1_006, 1_007, 1_008], now.traffic.slice(1))
    }
    expect(entries, 'a chunk of peers and where it lies, and at most a row').toBeLessThanOrEqual(5)
  })
})
