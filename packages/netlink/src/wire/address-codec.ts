import { type Ip, Ipv4, Ipv6, Mac, toIp, toMac } from '@axoneme/sys'
import { type Codec, irregular } from './codec.js'
import { InputFault, WireFault } from './fault.js'
import type { Writer } from './writer.js'

/** An address of either family by its length: 4 or 16 bytes. Callers may give text. */
export const ipCodec = (): Codec<Ip, Ip | string> => ({
  read(bytes, start, end) {
    const size = end - start
    if (size === 4) return Ipv4.read(bytes, start)
    if (size === 16) return Ipv6.read(bytes, start)
    throw new WireFault(`an address of ${size} bytes`, start)
  },
  write(out, value) {
    const ip = asIp(value)
    place(out, ip, ip.family === 4 ? 4 : 16)
  },
})

/** An IPv4 address; text of the other family is refused. */
export const ipv4Codec = (): Codec<Ipv4, Ipv4 | string> => ({
  read(bytes, start, end) {
    if (end - start < 4) throw new WireFault(`an IPv4 address of ${end - start} bytes`, start)
    if (end - start > 4) irregular.met = true
    return Ipv4.read(bytes, start)
  },
  write(out, value) {
    const ip = asIp(value)
    if (ip.family !== 4) throw new InputFault(`${ip} is not an IPv4 address`, '', 'Give an IPv4 address.')
    place(out, ip, 4)
  },
})

/** An IPv6 address. */
export const ipv6Codec = (): Codec<Ipv6, Ipv6 | string> => ({
  read(bytes, start, end) {
    if (end - start < 16) throw new WireFault(`an IPv6 address of ${end - start} bytes`, start)
    if (end - start > 16) irregular.met = true
    return Ipv6.read(bytes, start)
  },
  write(out, value) {
    const ip = asIp(value)
    if (ip.family !== 6) throw new InputFault(`${ip} is not an IPv6 address`, '', 'Give an IPv6 address.')
    place(out, ip, 16)
  },
})

/** A hardware address: a `Mac` when it has six bytes, else its bytes (tunnels have four or sixteen). */
export const hardwareCodec = (): Codec<Mac | Uint8Array, Mac | Uint8Array | string> => ({
  read: (bytes, start, end) => (end - start === 6 ? Mac.read(bytes, start) : bytes.slice(start, end)),
  write(out, value) {
    if (value instanceof Uint8Array) {
      out.raw(value)
      return
    }
    const mac = toMac(value, '')
    if (mac.isErr()) throw new InputFault(mac.error.message, '', mac.error.hint)
    place(out, mac.value, 6)
  },
})

function asIp(value: Ip | string): Ip {
  const ip = toIp(value, '')
  if (ip.isErr()) throw new InputFault(ip.error.message, '', ip.error.hint)
  return ip.value
}

/** Room first: making it may move the writer's bytes elsewhere. */
function place(out: Writer, address: { write(into: Uint8Array, offset: number): void }, size: number): void {
  const at = out.reserve(size)
  address.write(out.bytes, at)
}
