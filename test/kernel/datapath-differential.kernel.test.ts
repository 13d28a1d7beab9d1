import { type Endpoint, EndpointFlags, type Event, EventType, NodeFlags, Place } from '@axoneme/datapath'
import { createResolver, createUniverse, type Decision, evaluate, type Flow, type Resolver } from '@axoneme/policy'
import { Ipv4, Ipv6, Mac, Prefix, parseIp } from '@axoneme/sys'
import fc from 'fast-check'
import { expect } from 'vitest'
import { PolicyTables } from '../../packages/datapath/src/policy/policy-tables.js'
import { trafficOf } from '../../packages/policy/src/evaluate/flow.js'
import { arbitraryFlow, arbitraryPolicies, arbitraryUniverseInput } from '../../packages/policy/src/testing/random.js'
import { type HookName, Links, type Push, SMALL, World } from '../datapath/world.js'
import { frame } from '../packet/build.js'
import type { Layer } from '../packet/layers.js'
import { show } from '../packet/show.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** Packets that are compared, at least. Under emulation a run takes some fifteen times as long. */
const PACKETS = process.env.VMRUN === undefined ? 50_000 : 400
const FLOWS = 120

/** Who stands for an end of a flow: an address of each family, and where it is. */
interface Stand {
  readonly four: Ipv4 | undefined
  readonly six: Ipv6 | undefined
  /** 0: whatever the block that has it in the ipcache says */
  readonly identity: number
  readonly where: 'endpoint' | 'host' | 'elsewhere' | 'outside'
  readonly slot: number
}

const FIRST_SLOT = 32
const four = (n: number): Ipv4 => Ipv4.parse(`172.31.${n >> 8}.${n & 255}`).unwrap()
const six = (n: number): Ipv6 => Ipv6.parse(`fd99::${(n + 1).toString(16)}`).unwrap()
const mac = (slot: number): Mac => Mac.parse(`02:00:00:00:02:${slot.toString(16).padStart(2, '0')}`).unwrap()
const GATEWAY = Mac.parse('02:00:00:00:03:00').unwrap()

/** A random cluster's policies in the maps of a node, and its ends at addresses that datapaths understand. */
class Governed {
  private revision = 1
  private written: number[] = []
  private prefixes: Prefix[] = []
  private clock = 0
  readonly tables: PolicyTables
  private readonly stands = new Map<string, Stand>()

  constructor(private readonly world: World) {
    this.tables = new PolicyTables(world.datapath.maps, { now: () => this.clock })
    // what is elsewhere is behind node 3
    world.datapath.maps.nodes.update(3, { ipv6: six(1), ipv4: 1, ifindex: 0, mtu: 0, flags: NodeFlags.AXM_NODE_TUNNEL }).unwrap()
  }

  /** Puts the resolver's tables in force. Slots are links of the namespace, from FIRST_SLOT on. */
  govern(resolver: Resolver): void {
    const { maps } = this.world.datapath
    const tables = resolver.tables()
    this.stands.clear()
    let slot = FIRST_SLOT
    // all tables are there before anybody's index is asked: a later one may be the first that lists an identity
    const numbers = new Map<string, [egress: number, ingress: number]>()
    for (const [object, entry] of tables.endpoints) {
      const set = tables.sets.get(entry.set)
      if (set === undefined) throw new Error(`no set of ${object}`)
      const [egress, ingress] = [this.tables.write(set.egress).unwrap(), this.tables.write(set.ingress).unwrap()]
      this.written.push(egress, ingress)
      numbers.set(object, [egress, ingress])
    }
    for (const [object, entry] of tables.endpoints) {
      const [egress, ingress] = numbers.get(object) as [number, number]
      const host = resolver.universe.party({ object })?.host === true
      const mine = host ? 0 : slot++
      if (slot > FIRST_SLOT + 24) throw new Error('more endpoints than links')
      const stand: Stand = { four: four(mine), six: six(mine), identity: entry.identity, where: host ? 'host' : 'endpoint', slot: mine }
      this.stands.set(object, stand)
      const index = this.tables.index(entry.identity)
      maps.endpoints
        .update(mine, {
          policy: { egress, ingress, revision: this.revision++ },
          ifindex: host ? 20 : mine,
          identity: entry.identity,
          ipv4: four(mine),
          ipv6: six(mine),
          flags: host ? EndpointFlags.AXM_ENDPOINT_NODE : EndpointFlags.AXM_ENDPOINT_REDIRECT_PEER,
          mac: mac(mine),
          gatewayMac: GATEWAY,
          index,
        })
        .unwrap()
      this.place(stand, index)
    }
    for (const name of this.tables.listeners.keys()) this.tables.setListener(name, 15_001).unwrap()
    for (const { prefix, identity } of tables.addresses) this.outside(prefix, identity)
    for (const [text, identity] of [
      ['0.0.0.0/0', 9],
      ['::/0', 10],
    ] as const)
      if (!tables.addresses.some(({ prefix }) => String(prefix) === text)) this.outside(Prefix.parse(text).unwrap(), identity)
  }

  private place({ four, six, identity, where, slot }: Stand, index: number): void {
    const { maps } = this.world.datapath
    const place = where === 'endpoint' ? Place.AXM_AT_ENDPOINT : where === 'host' ? Place.AXM_AT_HOST : Place.AXM_AT_NODE
    const value = { identity, to: where === 'elsewhere' ? 3 : slot, peer: 0, generation: 0, index, place }
    for (const [map, text] of [
      [maps.ipcache4, `${four}/32`],
      [maps.ipcache6, `${six}/128`],
    ] as const) {
      const prefix = Prefix.parse(text).unwrap()
      map.update(prefix, value).unwrap()
      this.prefixes.push(prefix)
    }
  }

  private outside(prefix: Prefix, identity: number): void {
    const { ipcache4, ipcache6 } = this.world.datapath.maps
    const map = String(prefix).includes(':') ? ipcache6 : ipcache4
    map
      .update(prefix, { identity, to: 0, peer: 0, generation: 0, index: this.tables.index(identity), place: Place.AXM_AT_OUTSIDE })
      .unwrap()
    this.prefixes.push(prefix)
  }

  /** The stand of an end; undefined: nobody, or one that no address can name. Addresses outside stand for themselves. */
  stand(resolver: Resolver, end: Flow['from']): Stand | undefined {
    const party = resolver.universe.party(end)
    if (party === undefined || 'labels' in end) return undefined
    if (party.object !== undefined && this.stands.has(party.object)) return this.stands.get(party.object)
    if ('ip' in end && party.category === 'external') {
      const address = parseIp(end.ip).unwrap()
      const [four, six] = address instanceof Ipv4 ? [address, undefined] : [undefined, address]
      return { four, six, identity: 0, where: 'outside', slot: 0 }
    }
    const { identity } = party
    // an address stands for its block; an object of its own would not be found by it
    if (identity === 0) return undefined
    const name = `identity ${identity}`
    const there = this.stands.get(name)
    if (there !== undefined) return there
    const number = 256 + this.stands.size
    const stand: Stand = { four: four(number), six: six(number), identity, where: 'elsewhere', slot: 0 }
    this.stands.set(name, stand)
    this.place(stand, this.tables.index(identity))
    return stand
  }

  /** Everything as before: what was written is given up, and time passes. */
  clear(): void {
    const { maps } = this.world.datapath
    for (const [, { where, slot }] of this.stands)
      if (where !== 'elsewhere')
        maps.endpoints
          .update(slot, {
            ...(maps.endpoints.lookup(slot).unwrap() as Endpoint),
            ifindex: 0,
            policy: { egress: 0, ingress: 0, revision: 0 },
          } as never)
          .unwrap()
    for (const prefix of this.prefixes.splice(0)) (String(prefix).includes(':') ? maps.ipcache6 : maps.ipcache4).delete(prefix).unwrap()
    for (const number of this.written.splice(0)) this.tables.release(number).unwrap()
    for (const name of this.tables.listeners.keys()) this.tables.setListener(name, 0).unwrap()
    this.tables.indexNews()
    this.clock += 10_000
    // flows that look the same are told of once a second, but these are of another cluster
    const cpus = (maps.told.lookup(0).unwrap() as readonly bigint[]).map(() => 0n)
    maps.told.updateAll(Array.from({ length: maps.told.maxEntries }, (_, slot) => [slot, cpus] as const)).unwrap()
    this.world.forget()
  }
}

/** What the datapath is to do, by the evaluator: decisions of the sides that are here, and the reason. */
interface Expected {
  readonly egress: Decision | undefined
  readonly ingress: Decision | undefined
  readonly reason: string
  readonly name: string
}

function asksForAuth({ auth }: Decision): boolean {
  return auth === 'required' || auth === 'test-always-fail'
}

function expectation(name: string, egress: Decision | undefined, ingress: Decision | undefined): Expected {
  for (const [at, decision] of [egress, ingress].entries()) {
    if (decision === undefined) continue
    const asked = at === 0 ? { egress: decision, ingress: undefined } : { egress, ingress: decision }
    if (decision.verdict === 'deny')
      return { ...asked, name, reason: decision.reason === 'rule' ? 'AXM_DROP_DENIED_BY_RULE' : 'AXM_DROP_DENIED_BY_DEFAULT' }
    if (asksForAuth(decision)) return { ...asked, name, reason: 'AXM_DROP_AUTH_REQUIRED' }
  }
  return { egress, ingress, name, reason: 'AXM_NEW_FLOW' }
}

kernelTest(
  'datapath differential > random policies and packets: the programs decide what the evaluator says',
  { needs: [], timeoutMs: 240_000 },
  async () => {
    using links = new Links(sys, 24)
    using world = new World(
      sys,
      links,
      {
        sizes: {
          ...SMALL,
          endpoints: 64,
          tables: 256,
          chunks: 8192,
          rows: 8192,
          peerRows: 8192,
          decisions: 8192,
          directories: 256,
          events: 1 << 20,
        },
        events: { drops: true, verdicts: true, traces: false, budget: 0xffff_ffff, reportEvery: 1 },
      },
      false,
    )
    const governed = new Governed(world)
    const { reasonName } = await import('@axoneme/datapath')
    let compared = 0
    let port = 1024
    const seen = new Map<string, number>()
    const tally = (key: string): void => void seen.set(key, (seen.get(key) ?? 0) + 1)

    const round = (resolver: Resolver, policies: Parameters<typeof evaluate>[1], flows: readonly Flow[]): void => {
      governed.govern(resolver)
      const expected: Expected[] = []
      const told: Event[] = []
      const used = new Set<string>()
      for (const flow of flows) {
        const traffic = trafficOf(flow).unwrap()
        const [from, to] = [governed.stand(resolver, flow.from), governed.stand(resolver, flow.to)]
        if (from === undefined || to === undefined || flow.reply === true) continue
        const here = ({ where }: Stand): boolean => where === 'endpoint' || where === 'host'
        if (!here(from) && !here(to)) continue
        const only6 = from.four === undefined || to.four === undefined || traffic.protocol === 58
        const only4 = from.six === undefined || to.six === undefined || traffic.protocol === 1
        // these protocol numbers are extension headers of IPv6
        if (only6 && (only4 || [0, 43, 44, 51, 60].includes(traffic.protocol))) continue
        const family = only6 ? 6 : 4
        // errors are of the flow that they speak of
        if ((traffic.protocol === 1 && [3, 4, 5, 11, 12].includes(traffic.number)) || (traffic.protocol === 58 && traffic.number < 5))
          continue
        const nameOf = ({ four, six }: Stand): string => `${four} ${six}`
        const key = [nameOf(from), nameOf(to), traffic.protocol, traffic.number].join()
        const echo = (traffic.protocol === 1 && traffic.number === 8) || (traffic.protocol === 58 && traffic.number === 128)
        // flows without ports of their own are told apart by nothing
        if (![6, 17, 132].includes(traffic.protocol) && !echo) {
          if (used.has(key)) continue
          used.add(key)
          if (used.has([nameOf(to), nameOf(from), traffic.protocol, traffic.number].join())) continue
        }
        port = port >= 60_000 ? 1024 : port + 1
        const source = family === 4 ? from.four : from.six
        const destination = family === 4 ? to.four : to.six
        if (String(source) === String(destination)) continue
        const transport: Layer[] =
          traffic.protocol === 6
            ? [{ layer: 'tcp', src: port, dst: traffic.number, flags: 'S' }]
            : traffic.protocol === 17
              ? [{ layer: 'udp', src: port, dst: traffic.number }]
              : traffic.protocol === 132
                ? [{ layer: 'sctp', src: port, dst: traffic.number }]
                : traffic.protocol === 1
                  ? [{ layer: 'icmp', type: traffic.number, rest: (port << 16) >>> 0 }]
                  : traffic.protocol === 58
                    ? [{ layer: 'icmp6', type: traffic.number, rest: (port << 16) >>> 0 }]
                    : []
        const around: Layer =
          family === 4
            ? {
                layer: 'ip4',
                src: source as Ipv4,
                dst: destination as Ipv4,
                ...(transport.length === 0 ? { protocol: traffic.protocol } : {}),
              }
            : {
                layer: 'ip6',
                src: source as Ipv6,
                dst: destination as Ipv6,
                ...(transport.length === 0 ? { protocol: traffic.protocol } : {}),
              }
        const packet = frame({ layer: 'eth', src: mac(from.slot), dst: GATEWAY }, around, ...transport, {
          layer: 'payload',
          bytes: new Uint8Array(16),
        })
        let hook: HookName
        let push: Push = {}
        if (here(from)) {
          hook = from.where === 'host' ? 'fromHost' : 'fromContainer'
          if (from.where === 'endpoint') push = { ifindex: from.slot }
          // what the host sends to itself or to the outside is not ours
          if (from.where === 'host' && to.where === 'outside') continue
        } else if (from.where === 'elsewhere' && from.identity > 1 && from.identity < 0x100_0000) {
          hook = 'fromOverlay'
          push = { identity: from.identity }
        } else {
          hook = 'fromNetdev'
          // the uplink passes what is for the node itself
          if (here(to) && to.where === 'host') continue
        }
        const sides = { egress: here(from), ingress: here(to) }
        const judged = (direction: 'egress' | 'ingress'): Decision | undefined =>
          sides[direction] ? evaluate(resolver.universe, policies, { ...flow, direction })[direction] : undefined
        expected.push(expectation(`${hook} ${JSON.stringify(flow)}`, judged('egress'), judged('ingress')))
        const ran = world.run(hook, packet, push)
        if (world.datapath.events.drain((event) => told.push(event)).unwrap() !== 1)
          expect.fail(
            `${hook} ${JSON.stringify(flow)}: ${ran.returnValue}, and nothing is told: ${show(packet)}; ${JSON.stringify([...world.counters()], (_, value) => String(value))} ${JSON.stringify(world.datapath.maps.eventBudgets.lookup(0).unwrap(), (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
          )
      }
      const told2 = told.filter(({ type }) => type === EventType.AXM_EVENT_DROP || type === EventType.AXM_EVENT_VERDICT)
      expect(told2.length).toBe(expected.length)
      for (const [at, event] of told2.entries()) {
        const { egress, ingress, reason, name } = expected[at] as Expected
        const found = {
          reason: reasonName(event.reason) as string,
          egress: event.egress === 0 ? undefined : governed.tables.decision(event.egress),
          ingress: event.ingress === 0 ? undefined : governed.tables.decision(event.ingress),
        }
        // no way to a remote node of a family without one, or a listener without a port, come after the verdict
        if (JSON.stringify(found) !== JSON.stringify({ reason, egress, ingress }))
          expect.fail(`${name}: the datapath says ${JSON.stringify(found)}, the evaluator ${JSON.stringify({ reason, egress, ingress })}`)
        compared++
        tally(reason)
        for (const decision of [egress, ingress]) if (decision !== undefined) tally(`${decision.verdict} ${decision.reason}`)
        tally(name.split(' ')[0] as string)
      }
    }

    const property = fc.property(
      arbitraryUniverseInput.chain((input) =>
        fc.tuple(fc.constant(input), arbitraryPolicies, fc.array(arbitraryFlow(input), { minLength: FLOWS, maxLength: FLOWS })),
      ),
      ([input, policies, flows]) => {
        const made = createResolver({ universe: createUniverse(input).unwrap(), policies })
        if (made.isErr()) return
        try {
          round(made.value, policies, flows)
        } finally {
          governed.clear()
        }
      },
    )
    // another seed each time, until enough were compared; in CI the same ones always
    const first = Number(process.env.AXONEME_SEED ?? (process.env.CI === undefined ? Date.now() & 0x7fff_ffff : 20_261_125))
    for (let seed = first; compared < PACKETS; seed++)
      fc.assert(property, { seed, numRuns: 25, endOnFailure: process.env.AXONEME_SHRINK === undefined })
    console.log(
      `${compared} packets compared, seed ${first} (AXONEME_SEED): ${[...seen].map(([what, times]) => `${what} ${times}`).join(', ')}`,
    )
    if (process.env.VMRUN !== undefined) return
    for (const what of [
      'AXM_DROP_DENIED_BY_RULE',
      'AXM_DROP_DENIED_BY_DEFAULT',
      'AXM_DROP_AUTH_REQUIRED',
      'AXM_NEW_FLOW',
      'fromContainer',
      'fromOverlay',
      'fromNetdev',
      'fromHost',
      'allow rule',
      'redirect rule',
      'audit rule',
      'audit default-deny',
      'allow default-allow',
      'allow local-host',
    ])
      expect(seen.get(what) ?? 0, what).toBeGreaterThan(20)
  },
)
