import type { Layer } from './layers.js'
import { parse } from './parse.js'

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** `eth a > b | ip4 10.0.0.1 > 10.0.0.2 ttl 64 | tcp 1234 > 80 S | 64 B`: a frame as a reader of a failed test wants it. */
export function show(frame: Uint8Array | readonly Layer[]): string {
  return (frame instanceof Uint8Array ? parse(frame) : frame).map(showLayer).join(' | ')
}

function showLayer(layer: Layer): string {
  switch (layer.layer) {
    case 'eth':
      return `eth ${layer.src} > ${layer.dst}${layer.type === undefined ? '' : ` 0x${layer.type.toString(16).padStart(4, '0')}`}`
    case 'arp':
      return `arp ${layer.operation === 1 ? `who has ${layer.target} tell ${layer.sender}` : `${layer.sender} is at ${layer.senderMac}`}`
    case 'ip4': {
      const offset = layer.fragmentOffset ?? 0
      const fragment =
        offset > 0 || layer.moreFragments === true ? ` fragment ${offset}${layer.moreFragments === true ? '+' : ''} of ${layer.id}` : ''
      return `ip4 ${layer.src} > ${layer.dst} ttl ${layer.ttl ?? 64}${fragment}`
    }
    case 'ip6':
      return `ip6 ${layer.src} > ${layer.dst} hops ${layer.hopLimit ?? 64}${(layer.extensions ?? []).map(({ header }) => ` +${header}`).join('')}`
    case 'tcp':
      return `tcp ${layer.src} > ${layer.dst} ${layer.flags === '' || layer.flags === undefined ? 'no flags' : layer.flags}`
    case 'udp':
    case 'sctp':
      return `${layer.layer} ${layer.src} > ${layer.dst}`
    case 'icmp':
    case 'icmp6':
      return `${layer.layer} type ${layer.type} code ${layer.code ?? 0}`
    case 'vxlan':
    case 'geneve':
      return `${layer.layer} vni ${layer.vni}`
    case 'payload':
      return `${layer.bytes.length} B`
  }
}

/** In words what is another in the second frame: `ip4 ttl 64 → 63`. Empty when nothing is. */
export function differences(before: Uint8Array, after: Uint8Array): string[] {
  const [left, right] = [parse(before), parse(after)]
  if (left.map(({ layer }) => layer).join() !== right.map(({ layer }) => layer).join()) return [`${show(left)} became ${show(right)}`]
  return left.flatMap((layer, at) => {
    const other = right[at] as unknown as Record<string, unknown>
    const fields = new Set([...Object.keys(layer), ...Object.keys(other)])
    return [...fields].flatMap((field) => {
      const [one, two] = [text((layer as unknown as Record<string, unknown>)[field]), text(other[field])]
      return one === two ? [] : [`${layer.layer} ${field} ${one} → ${two}`]
    })
  })
}

function text(value: unknown): string {
  if (value instanceof Uint8Array) return value.length <= 16 ? hex(value) : `${value.length} B ${hex(value.slice(0, 16))}…`
  if (Array.isArray(value)) return JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? hex(inner) : inner))
  return String(value)
}
