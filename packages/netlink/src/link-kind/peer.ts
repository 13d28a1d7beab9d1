import {
  attribute,
  attributeSet,
  type Codec,
  hardwareCodec,
  InputFault,
  type InputsOf,
  type Inside,
  irregular,
  s32Codec,
  struct,
  textCodec,
  u8Codec,
  u16Codec,
  u32Codec,
  type ValuesOf,
  WireFault,
} from '../wire/index.js'

/** struct ifinfomsg. Source: linux/rtnetlink.h. */
export const linkHeader = struct([
  ['family', u8Codec(), 1],
  ['_pad', u8Codec(), 1],
  ['type', u16Codec(), 2],
  ['index', s32Codec(), 4],
  ['flags', u32Codec(), 4],
  ['change', u32Codec(), 4],
])

/** A link's name: 1 to 15 bytes. Source: linux/if.h IFNAMSIZ. */
export const linkName = textCodec(15, 1)

/** What may be said of a pair's other end at creation. Source: linux/if_link.h. */
export const peerAttributes = attributeSet({
  address: attribute(1, hardwareCodec()),
  name: attribute(3, linkName),
  mtu: attribute(4, u32Codec(0x7fff_ffff)),
  txQueueLength: attribute(13, u32Codec()),
  netnsPid: attribute(19, u32Codec()),
  group: attribute(27, u32Codec()),
  netnsFd: attribute(28, u32Codec()),
  txQueues: attribute(31, u32Codec(4096, 1)),
  rxQueues: attribute(32, u32Codec(4096, 1)),
  gsoMaxSegments: attribute(40, u32Codec(65535)),
  gsoMaxSize: attribute(41, u32Codec()),
  index: attribute(49, u32Codec(0x7fff_ffff)),
})

type PeerTable = (typeof peerAttributes)['table']
type Peer = ValuesOf<PeerTable>
/** `netns` is the namespace that the other end is made in: an open one, or that of a process. */
type PeerInput = InputsOf<PeerTable> & { readonly netns?: { readonly fd: number } | { readonly pid: number } | undefined }

const inside: Inside = {
  path: (bytes, start, end, offset, missing) => peerAttributes.path(bytes, start + linkHeader.size, end, offset, missing),
  nameOf: (type) => peerAttributes.nameOf(type),
}

/**
 * VETH_INFO_PEER and IFLA_NETKIT_PEER_INFO: a struct ifinfomsg, which is all zeros in what we write, and attributes.
 * Source: linux/veth.h.
 */
export const peerLink: Codec<Peer, PeerInput> = {
  inside: () => inside,
  read(bytes, start, end) {
    if (end - start < linkHeader.size) throw new WireFault(`a peer of ${end - start} bytes`, start)
    let odd = false
    for (let at = start; at < start + linkHeader.size; at++) if (bytes[at] !== 0) odd = true
    const peer = peerAttributes.read(bytes, start + linkHeader.size, end)
    irregular.met ||= odd
    return peer
  },
  write(out, value) {
    if (typeof value !== 'object' || value === null)
      throw new InputFault(`${String(value)} is not an object`, '', 'Give the name of the other end: { name }.')
    out.reserve(linkHeader.size)
    const { netns, ...rest } = value
    if (netns === undefined) return peerAttributes.write(out, value)
    peerAttributes.write(out, { ...rest, ...('pid' in netns ? { netnsPid: netns.pid } : { netnsFd: netns.fd }) })
  },
}
