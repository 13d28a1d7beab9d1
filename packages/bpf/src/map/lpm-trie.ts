import { Err, type InputInvalid, type Ip, Ipv4, Ipv6, inputInvalid, Ok, Prefix, type Result } from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import { BpfMap } from './bpf-map.js'
import { u32Codec } from './codecs.js'
import type { MapError } from './entry-error.js'
import { codecOr, misfit } from './fit.js'
import type { MapHandle } from './handle.js'

/**
 * Prefixes as keys of a trie: struct bpf_lpm_trie_key, the length in this machine's order, the address in the network's.
 * A prefix of the other family is a RangeError: a precondition.
 *
 * @source linux/bpf.h struct bpf_lpm_trie_key_hdr
 */
export function prefixCodec(family: 4 | 6): Codec<Prefix> {
  const address: { read(bytes: Uint8Array, at: number): Ip } = family === 4 ? Ipv4 : Ipv6
  return {
    sizeBytes: family === 4 ? 8 : 20,
    read: (bytes, at) => Prefix.of(address.read(bytes, at + 4), u32Codec.read(bytes, at)),
    write(prefix, bytes, at) {
      if (prefix.family !== family) throw new RangeError(`${prefix} is no prefix of IPv${family}`)
      u32Codec.write(prefix.length, bytes, at)
      prefix.address.write(bytes, at + 4)
    },
  }
}

/**
 * A trie of prefixes of one family. `lookup` answers for the longest prefix in it that covers the one asked for; `delete` and
 * `update` take exactly the one that is given.
 */
export class PrefixTrie<V> extends BpfMap<Prefix, V> {
  constructor(
    handle: MapHandle,
    readonly family: 4 | 6,
    value: Codec<V>,
  ) {
    super(handle, prefixCodec(family), value)
  }

  /**
   * The value of the longest prefix that the address is in; undefined when it is in none.
   *
   * @errors input.invalid (an address of the other family) · sys.closed · bpf.refused · permission.denied
   */
  match(address: Ip): Result<V | undefined, MapError | InputInvalid> {
    if (address.family !== this.family)
      return Err(inputInvalid('address', `${address} is no address of IPv${this.family}`, `Map ${this.name} has prefixes of that family.`))
    return this.lookup(Prefix.of(address, 128))
  }
}

/**
 * A map of type lpm_trie whose keys are prefixes: IPv4 when they have 8 bytes, IPv6 when they have 20. Other keys: openMap.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openPrefixTrie<V = Uint8Array>(handle: MapHandle, value?: Codec<V>): Result<PrefixTrie<V>, MapIncompatible> {
  const family = handle.shape.keySize === 20 ? 6 : 4
  const fault = misfit(handle, ['lpm_trie'], { key: family === 6 ? 20 : 8, value: value?.sizeBytes })
  return fault === undefined ? Ok(new PrefixTrie(handle, family, codecOr(value, handle.shape.valueSize))) : Err(fault)
}
