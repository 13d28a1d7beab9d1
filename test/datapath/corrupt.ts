import { frame } from '../packet/build.js'
import type { Layer } from '../packet/layers.js'
import { GATEWAY4, GATEWAY6, pods, remote } from './cast.js'

/** A small fast generator: xorshift32. */
export function generator(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const { a, b, host } = pods
const eth: Layer = { layer: 'eth', src: a.mac, dst: a.gateway }
const payload: Layer = { layer: 'payload', bytes: new Uint8Array(32).fill(7) }
const quoted = (...layers: Layer[]): Layer => ({ layer: 'payload', bytes: frame(eth, ...layers).slice(14) })

/** Good frames of every sort, from `from` to `to`. */
function sorts(from: { ip4: typeof a.ip4; ip6: typeof a.ip6 }, to: { ip4: typeof a.ip4; ip6: typeof a.ip6 }): Uint8Array[] {
  const four: Layer = { layer: 'ip4', src: from.ip4, dst: to.ip4, dontFragment: true }
  const six: Layer = { layer: 'ip6', src: from.ip6, dst: to.ip6 }
  const tcp: Layer = { layer: 'tcp', src: 4000, dst: 80, flags: 'S', options: new Uint8Array(12).fill(1) }
  const udp: Layer = { layer: 'udp', src: 4000, dst: 53 }
  const sctp: Layer = { layer: 'sctp', src: 4000, dst: 9899 }
  return [
    ...[four, six].flatMap((around) => [tcp, udp, sctp].map((transport) => frame(eth, around, transport, payload))),
    frame(eth, four, { layer: 'icmp', type: 8, rest: 0x0001_0001 }, payload),
    frame(eth, six, { layer: 'icmp6', type: 128, rest: 0x0001_0001 }, payload),
    frame(
      eth,
      four,
      { layer: 'icmp', type: 3, code: 1 },
      quoted({ layer: 'ip4', src: to.ip4, dst: from.ip4 }, { layer: 'tcp', src: 80, dst: 4000, flags: 'A' }),
    ),
    frame(eth, six, { layer: 'icmp6', type: 1, code: 1 }, quoted({ layer: 'ip6', src: to.ip6, dst: from.ip6 }, udp)),
    frame(eth, { ...four, dontFragment: false, moreFragments: true, id: 77 } as Layer, udp, payload),
    frame(eth, { ...four, dontFragment: false, fragmentOffset: 40, id: 77, protocol: 17 } as Layer, payload),
    frame(eth, { ...four, options: new Uint8Array(8).fill(1) } as Layer, tcp, payload),
    frame(
      eth,
      {
        ...six,
        extensions: [
          { header: 0, data: new Uint8Array(6) },
          { header: 60, data: new Uint8Array(14) },
        ],
      } as Layer,
      tcp,
      payload,
    ),
    frame(eth, { ...six, extensions: [{ header: 44, data: Uint8Array.of(0, 1, 0, 0, 0, 9) }] } as Layer, udp, payload),
    frame(eth, { ...four, protocol: 47 } as Layer, payload),
  ]
}

/** What each hook gets, before it is damaged. */
export const good: Readonly<
  Record<
    'fromContainer' | 'toContainer' | 'fromOverlay' | 'toOverlay' | 'fromHost' | 'toHost' | 'fromNetdev' | 'toNetdev',
    readonly Uint8Array[]
  >
> = {
  fromContainer: [
    ...[b, remote.tunnelled, remote.native, host, remote.world].flatMap((to) => sorts(a, to)),
    frame(eth, { layer: 'arp', operation: 1, senderMac: a.mac, sender: a.ip4, targetMac: a.mac, target: GATEWAY4 }),
    frame(
      eth,
      { layer: 'ip6', src: a.ip6, dst: GATEWAY6, hopLimit: 255 },
      { layer: 'icmp6', type: 135 },
      { layer: 'payload', bytes: GATEWAY6.bytes() },
    ),
  ],
  toContainer: [...sorts(host, a), ...sorts(remote.world, a)],
  fromOverlay: [...sorts(remote.tunnelled, a), ...sorts(remote.tunnelled, host)],
  toOverlay: sorts(host, remote.tunnelled),
  fromHost: [...sorts(host, a), ...sorts(host, remote.tunnelled)],
  toHost: sorts(a, host),
  fromNetdev: [...sorts(remote.world, a), ...sorts(remote.native, a), ...sorts(remote.world, host)],
  toNetdev: [...sorts(host, remote.world), ...sorts(a, remote.world)],
}

const INTERESTING = [0, 1, 4, 5, 6, 15, 16, 17, 20, 41, 43, 44, 51, 58, 59, 60, 64, 127, 128, 132, 255]

/** A frame damaged in one to four ways; at least the Ethernet header is left, for the kernel takes none without. */
export function corrupt(frame: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = frame.slice()
  for (let times = 1 + random(4); times > 0; times--) {
    // headers are where it matters
    const at = random(4) === 0 ? random(bytes.length) : 12 + random(Math.max(1, Math.min(bytes.length - 12, 70)))
    switch (random(6)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << random(8))
        break
      case 1:
        bytes[at] = random(256)
        break
      case 2:
        bytes[at] = INTERESTING[random(INTERESTING.length)] as number
        break
      case 3:
        bytes = bytes.slice(0, Math.max(14, bytes.length - 1 - random(60)))
        break
      case 4: {
        const longer = new Uint8Array(bytes.length + 1 + random(40))
        longer.set(bytes)
        bytes = longer
        break
      }
      default: {
        const from = random(bytes.length)
        bytes.copyWithin(at, from, Math.min(bytes.length, from + 1 + random(8)))
      }
    }
  }
  return bytes
}
