import type { Metric } from '@axoneme/datapath'
import type { Ipv4, Ipv6, Mac } from '@axoneme/sys'
import { frame } from '../packet/build.js'
import type { Ip4, Ip6, Layer } from '../packet/layers.js'
import { parse } from '../packet/parse.js'
import { differences } from '../packet/show.js'
import { type Pod, pods } from './cast.js'
import type { HookName, Push, World } from './world.js'

/** What the tables of packet life have in common: frames of the cast, and what became of one, in words. */
export type Family = 'v4' | 'v6'
export const families: readonly Family[] = ['v4', 'v6']

/** Whoever has addresses. */
export interface End {
  readonly ip4: Ipv4
  readonly ip6: Ipv6
}

/** A packet at a hook. */
export interface Sight {
  readonly hook: HookName
  readonly layers: readonly Layer[]
  readonly push?: Push
  /** its IP header is cut off: since Linux 6.17 no such packet is made by hand, older kernels do */
  readonly cutOff?: boolean
}

/** What ought to become of a packet. */
export interface Fate {
  /** the action, then the counters that move, in the order of their numbers: `redirect FORWARD_LOCAL NEW_FLOW` */
  readonly what: string
  /** absent: 0 */
  readonly mark?: number
  /** the frame afterwards; absent: it is as it was */
  readonly frame?: readonly Layer[]
}

/** to the proxy of the cast's listener: its port, 15001, lies in the mark as it does in a packet */
export const PROXY_MARK = 0x993a_0200
export const JUDGED_MARK = 0x0a00
export const ANSWER_MARK = 0x0c00

/** the machine at the other end of the uplink, and what a tunnel's frames have inside */
export const ROUTER_MAC = pods.far.mac
export const UPLINK_MAC = pods.host.gateway

export const eth = (src: Mac, dst: Mac, type?: number): Layer => ({ layer: 'eth', src, dst, ...(type === undefined ? {} : { type }) })
/** as an endpoint sends it */
export const ethOf = ({ mac, gateway }: Pod): Layer => eth(mac, gateway)
/** as an endpoint gets it */
export const ethTo = ({ mac, gateway }: Pod): Layer => eth(gateway, mac)
/** as it comes from the wire or out of the tunnel */
export const wire: Layer = eth(ROUTER_MAC, UPLINK_MAC)

/** fields of the header, by the family's own names */
type More = Partial<Omit<Ip4, 'layer' | 'src' | 'dst'> & Omit<Ip6, 'layer' | 'src' | 'dst'>>
export const ip = (family: Family, from: End, to: End, more: More = {}): Layer =>
  family === 'v4'
    ? { ttl: 64, ...more, layer: 'ip4', src: from.ip4, dst: to.ip4 }
    : { hopLimit: 64, ...more, layer: 'ip6', src: from.ip6, dst: to.ip6 }
export const tcp = (src: number, dst: number, flags = 'S'): Layer => ({ layer: 'tcp', src, dst, flags })
export const udp = (src: number, dst: number): Layer => ({ layer: 'udp', src, dst })
export const data = (length: number): Layer => ({ layer: 'payload', bytes: Uint8Array.from({ length }, (_, at) => at) })
export const bytes = (of: Uint8Array): Layer => ({ layer: 'payload', bytes: of })

/** An ICMP message of either family. */
export function icmp(family: Family, type: number, code: number, rest: number): Layer {
  return { layer: family === 'v4' ? 'icmp' : 'icmp6', type, code, rest }
}
/** An echo; RFC 792, RFC 4443 §4. */
export function echo(family: Family, which: 'request' | 'reply', id: number, sequence = 1): Layer {
  return icmp(family, family === 'v4' ? { request: 8, reply: 0 }[which] : { request: 128, reply: 129 }[which], 0, id * 65_536 + sequence)
}
/** "Nobody listens at that port", "its hops are over". */
export const unreachable = (family: Family): Layer => (family === 'v4' ? icmp('v4', 3, 3, 0) : icmp('v6', 1, 4, 0))
export const exceeded = (family: Family): Layer => icmp(family, family === 'v4' ? 11 : 3, 0, 0)
export const tooBig = (family: Family, mtu: number): Layer => (family === 'v4' ? icmp('v4', 3, 4, mtu) : icmp('v6', 2, 0, mtu))

/** What an error quotes of a packet: its headers and eight bytes of what they carry (RFC 792; RFC 4443 has room for more), unless another length is given. */
export function quote(layers: readonly Layer[], length?: number): Layer {
  const packet = frame(...layers).slice(14)
  const six = layers.find((layer) => layer.layer === 'ip6')
  const extensions = six?.layer === 'ip6' ? (six.extensions ?? []) : []
  const header =
    six === undefined
      ? ((packet[0] ?? 0) & 15) * 4
      : extensions.reduce((sum, extension) => sum + (extension.header === 44 ? 8 : extension.data.length + 2), 40)
  return bytes(packet.slice(0, length ?? header + 8))
}

/** The packet, with a header of Ethernet that is another, and with fewer hops. */
export function moved(layers: readonly Layer[], { link, hops = 0 }: { readonly link?: Layer; readonly hops?: number }): Layer[] {
  const [first] = layers
  // of bytes alone the layers have to be found
  if (first?.layer === 'payload') return moved(parse(first.bytes), { ...(link === undefined ? {} : { link }), hops })
  return layers.map((layer, at) => {
    if (at === 0) return link ?? layer
    if (at > 1 || hops === 0) return layer
    if (layer.layer === 'ip6') return { ...layer, hopLimit: (layer.hopLimit ?? 64) - hops }
    if (layer.layer !== 'ip4') return layer
    const { checksum, ...header } = layer
    return { ...header, ttl: (layer.ttl ?? 64) - hops }
  })
}

/** … as an endpoint gets it from a link of this node: with its MACs, one hop further. */
export const delivered = (layers: readonly Layer[], to: Pod): Layer[] => moved(layers, { link: ethTo(to), hops: 1 })

/** In a line: action, counters, mark, and what is another in the frame. Of what was dropped there is no frame any more. */
function words(action: string, reasons: string, mark: number, before: Uint8Array, after: Uint8Array): string {
  const what = [action, reasons].filter((text) => text !== '').join(' ')
  if (action === 'drop') return what
  const changed = differences(before, after)
  const bare = changed.length > 0 || before.length === after.length ? changed : [`${before.length} bytes → ${after.length}`]
  return `${what}${mark === 0 ? '' : ` mark 0x${mark.toString(16)}`}${bare.length === 0 ? '' : `: ${bare.join(', ')}`}`
}

export const wanted = ({ what, mark = 0, frame: after }: Fate, before: Uint8Array): string => {
  const [action = '', ...reasons] = what.split(' ')
  return words(action, reasons.join(' '), mark, before, after === undefined ? before : frame(...after))
}

/** Source: linux/pkt_cls.h TC_ACT_* */
const ACTIONS: Readonly<Record<number, string>> = { 0: 'ok', 2: 'drop', 7: 'redirect', 4294967295: 'next' }
const hookOf = (name: HookName): string => `AXM_${name.replace(/[A-Z]/, (letter) => `_${letter}`).toUpperCase()}`

/** What every counter says: by reason, hook and direction. */
const counters = (world: World): Map<string, { readonly metric: Metric; readonly packets: bigint }> =>
  new Map(
    world.datapath
      .metrics()
      .unwrap()
      .map((metric) => [`${metric.reason} ${metric.hook} ${metric.direction}`, { metric, packets: metric.packets }]),
  )

/** What moved, in the order of reasons; said with it: when by more than one, and when it is not the hook's own. */
function movedCounters(before: ReturnType<typeof counters>, after: ReturnType<typeof counters>, hook: HookName): string {
  return [...after]
    .flatMap(([key, { metric, packets }]) => {
      const by = packets - (before.get(key)?.packets ?? 0n)
      if (by === 0n) return []
      const elsewhere = metric.hook === hookOf(hook) ? '' : ` at ${metric.hook}`
      return [`${metric.reason.replace('AXM_', '')}${by === 1n ? '' : ` by ${by}`}${elsewhere}`]
    })
    .join(' ')
}

/** Sends a packet and looks at nothing. */
export function send(world: World, { hook, layers, push }: Sight): void {
  world.run(hook, frame(...layers), push)
}

/** A line for a row that differs; nothing for one that is as it should be. */
export function judged(world: World, row: string, { hook, layers, push, cutOff }: Sight, fate: Fate): string[] {
  const before = frame(...layers)
  if (cutOff === true && world.attempt(hook, before, push).isErr()) return []
  const counted = counters(world)
  const { returnValue, data: after, context } = world.run(hook, before, push)
  const moving = movedCounters(counted, counters(world), hook)
  const is = words(ACTIONS[returnValue] ?? String(returnValue), moving, context?.mark ?? 0, before, after)
  const ought = wanted(fate, before)
  return is === ought ? [] : [`${row}\n    ought: ${ought}\n    is:    ${is}`]
}
