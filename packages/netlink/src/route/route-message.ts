import { AF_INET, AF_INET6, type Ip, Ipv4, Ipv6 } from '@axoneme/sys'
import {
  align,
  attribute,
  attributeSet,
  below,
  bytesCodec,
  type Codec,
  InputFault,
  type InputsOf,
  type Inside,
  ipCodec,
  irregular,
  late,
  messageKind,
  putU16,
  putU32,
  s32Codec,
  struct,
  textCodec,
  u8Codec,
  u16,
  u16beCodec,
  u16Codec,
  u32,
  u32beCodec,
  u32Codec,
  type ValuesOf,
  WireFault,
} from '../wire/index.js'
import { encap } from './encap.js'

/** Source: linux/rtnetlink.h. */
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26

/** Source: linux/rtnetlink.h struct rta_cacheinfo. */
const cacheInfo = struct([
  ['clients', u32Codec(), 4],
  ['lastUse', u32Codec(), 4],
  ['expires', s32Codec(), 4],
  ['error', u32Codec(), 4],
  ['used', u32Codec(), 4],
  ['id', u32Codec(), 4],
  ['ts', u32Codec(), 4],
  ['tsAge', u32Codec(), 4],
])

/** Sizes in bytes, times in milliseconds (rtt in 1/8, rttVariance in 1/4 of one). Source: linux/rtnetlink.h RTAX_*. */
export const routeMetrics = attributeSet({
  lock: attribute(1, u32Codec()),
  mtu: attribute(2, u32Codec()),
  window: attribute(3, u32Codec()),
  rtt: attribute(4, u32Codec()),
  rttVariance: attribute(5, u32Codec()),
  slowStartThreshold: attribute(6, u32Codec()),
  congestionWindow: attribute(7, u32Codec()),
  advertisedMss: attribute(8, u32Codec()),
  reordering: attribute(9, u32Codec()),
  hopLimit: attribute(10, u32Codec()),
  initialCongestionWindow: attribute(11, u32Codec()),
  features: attribute(12, u32Codec()),
  minimumRto: attribute(13, u32Codec()),
  initialReceiveWindow: attribute(14, u32Codec()),
  quickAck: attribute(15, u32Codec()),
  congestionControl: attribute(16, textCodec(15)),
  fastOpenNoCookie: attribute(17, u32Codec()),
})

/** struct rtvia: a nexthop of the other family. */
const via: Codec<Ip, Ip | string> = {
  read(bytes, start, end) {
    const family = end - start >= 2 ? u16(bytes, start) : 0
    if (family === 2 && end - start === 6) return Ipv4.read(bytes, start + 2)
    if (family === 10 && end - start === 18) return Ipv6.read(bytes, start + 2)
    throw new WireFault(`a nexthop of family ${family} in ${end - start} bytes`, start)
  },
  write(out, value, parent) {
    const at = out.length
    out.u16(0)
    ipCodec().write(out, value, parent)
    putU16(out.bytes, at, out.length - at === 6 ? 2 : 10)
  },
}

const nexthopAttributes = attributeSet({
  gateway: attribute(5, ipCodec()),
  flow: attribute(11, u32Codec()),
  via: attribute(18, via),
  encapType: attribute(21, u16Codec()),
  encap: late(attribute(22, encap)),
})

/** One way of a multipath route; `hops` is its weight less one. Source: linux/rtnetlink.h struct rtnexthop. */
export interface NexthopWire<A> {
  readonly flags: number
  readonly hops: number
  readonly index: number
  readonly attributes: A
}
type NexthopTable = (typeof nexthopAttributes)['table']

function* nexthops(bytes: Uint8Array, start: number, end: number): Generator<[at: number, end: number]> {
  for (let at = start; at + 8 <= end; ) {
    const length = u16(bytes, at)
    if (length < 8 || at + length > end) throw new WireFault(`a nexthop of ${length} bytes where ${end - at} are left`, at)
    yield [at, at + length]
    at += align(length)
  }
}

const multipathInside: Inside = {
  path(bytes, start, end, offset, missing) {
    let index = 0
    for (const [at, stop] of nexthops(bytes, start, end)) {
      if (offset >= at && offset < stop) {
        return below(String(index), nexthopAttributes.path(bytes, at + 8, stop, offset, missing))
      }
      index++
    }
    return ''
  },
}

const multipath: Codec<readonly NexthopWire<ValuesOf<NexthopTable>>[], readonly NexthopWire<InputsOf<NexthopTable>>[]> = {
  inside: () => multipathInside,
  read(bytes, start, end) {
    const ways: NexthopWire<ValuesOf<NexthopTable>>[] = []
    let odd = false
    let next = start
    for (const [at, stop] of nexthops(bytes, start, end)) {
      ways.push({
        flags: bytes[at + 2] as number,
        hops: bytes[at + 3] as number,
        index: u32(bytes, at + 4),
        attributes: nexthopAttributes.read(bytes, at + 8, stop),
      })
      odd ||= irregular.met
      irregular.met = false
      next = align(stop - at) + at
    }
    irregular.met = odd || next !== end
    return ways
  },
  write(out, ways) {
    if (!Array.isArray(ways)) throw new InputFault('is not an array', '', 'Give an array of nexthops.')
    ways.forEach((way, index) => {
      const at = out.reserve(8)
      if (!Number.isInteger(way.hops) || way.hops < 0 || way.hops > 255)
        throw new InputFault(`${way.hops + 1} is not a weight`, `${index}.weight`, 'Give an integer from 1 to 256.')
      if (!Number.isInteger(way.index) || way.index < 0 || way.index > 0xffff_ffff)
        throw new InputFault(`${String(way.index)} is no link index`, `${index}.link`, 'An index is a positive integer, as in Link.index.')
      out.bytes[at + 2] = way.flags
      out.bytes[at + 3] = way.hops
      putU32(out.bytes, at + 4, way.index)
      try {
        nexthopAttributes.write(out, way.attributes)
      } catch (reason) {
        if (reason instanceof InputFault) throw reason.under(String(index))
        throw reason
      }
      putU16(out.bytes, at, out.length - at)
    })
  },
}

export const routeAttributes = attributeSet({
  destination: attribute(1, ipCodec()),
  source: attribute(2, ipCodec()),
  inputInterface: attribute(3, u32Codec()),
  outputInterface: attribute(4, u32Codec()),
  gateway: attribute(5, ipCodec()),
  priority: attribute(6, u32Codec()),
  preferredSource: attribute(7, ipCodec()),
  metrics: attribute(8, routeMetrics),
  multipath: attribute(9, multipath),
  flow: attribute(11, u32Codec()),
  cacheInfo: attribute(12, cacheInfo),
  table: attribute(15, u32Codec()),
  mark: attribute(16, u32Codec()),
  via: attribute(18, via),
  newDestination: attribute(19, bytesCodec()),
  preference: attribute(20, u8Codec()),
  encapType: attribute(21, u16Codec()),
  encap: late(attribute(22, encap)),
  expires: attribute(23, u32Codec()),
  uid: attribute(25, u32Codec()),
  ttlPropagate: attribute(26, u8Codec()),
  ipProtocol: attribute(27, u8Codec()),
  sourcePort: attribute(28, u16beCodec()),
  destinationPort: attribute(29, u16beCodec()),
  nexthopId: attribute(30, u32Codec()),
  flowLabel: attribute(31, u32beCodec()),
})

export const routeMessage = messageKind(
  'route',
  { RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE },
  struct([
    ['family', u8Codec(), 1],
    ['destinationLength', u8Codec(), 1],
    ['sourceLength', u8Codec(), 1],
    ['tos', u8Codec(), 1],
    ['table', u8Codec(), 1],
    ['protocol', u8Codec(), 1],
    ['scope', u8Codec(), 1],
    ['type', u8Codec(), 1],
    ['flags', u32Codec(), 4],
  ]),
  routeAttributes,
  [0, AF_INET, AF_INET6],
)
