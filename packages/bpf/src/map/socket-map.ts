import { Err, Errno, Ok, type Result } from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import { BpfMap } from './bpf-map.js'
import { u32Codec } from './codecs.js'
import type { MapError } from './entry-error.js'
import type { WalkError } from './entry-map.js'
import { codecOr, misfit } from './fit.js'
import type { MapHandle } from './handle.js'
import { TypedMap } from './typed-map.js'
import type { WalkOptions } from './walk.js'

/** A descriptor going in, the socket's cookie coming out. */
function socketCodec(sizeBytes: number): Codec<bigint> {
  return {
    sizeBytes,
    read: (bytes, at) => BigInt(u32Codec.read(bytes, at)) | (sizeBytes === 8 ? BigInt(u32Codec.read(bytes, at + 4)) << 32n : 0n),
    write(value, bytes, at) {
      u32Codec.write(Number(value & 0xffff_ffffn), bytes, at)
      if (sizeBytes === 8) u32Codec.write(Number(value >> 32n), bytes, at + 4)
    },
  }
}

/** Sockets that programs redirect to: sockmap, sockhash. A socket that closes goes by itself. */
export class SocketMap<K> extends TypedMap {
  private readonly entries: BpfMap<K, bigint>

  constructor(
    handle: MapHandle,
    readonly key: Codec<K>,
  ) {
    super(handle)
    this.entries = new BpfMap(handle, key, socketCodec(handle.shape.valueSize))
  }

  /**
   * Puts a socket in, by its descriptor: TCP that is connected or listens, UDP, unix.
   *
   * @errors input.invalid (an index beyond the map) · bpf.map-full · bpf.refused (EOPNOTSUPP: not in a state for it) · sys.closed · permission.denied
   */
  set(key: K, fd: number): Result<void, MapError> {
    return this.entries.update(key, BigInt(fd))
  }

  /**
   * The cookie of the socket that is there (SO_COOKIE); undefined when none is.
   *
   * @errors bpf.refused (ENOSPC: only maps whose values have 8 bytes tell it) · sys.closed
   */
  cookie(key: K): Result<bigint | undefined, MapError> {
    return this.entries.lookup(key)
  }

  /**
   * Takes a socket out; false when none was there.
   *
   * @errors sys.closed · bpf.refused
   */
  delete(key: K): Result<boolean, MapError> {
    const deleted = this.entries.delete(key)
    // sockmap says EINVAL of a place that is empty
    if (deleted.isErr() && deleted.error.code === 'bpf.refused' && deleted.error.errno === Errno.EINVAL) return Ok(false)
    return deleted
  }

  /**
   * The keys: of a sockmap all indices, with and without a socket.
   *
   * @errors bpf.interrupted · sys.closed · bpf.refused
   */
  keys(options: WalkOptions = {}): Generator<Result<K, WalkError>, void, void> {
    return this.entries.keys(options)
  }
}

/**
 * A map of type sockmap.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openSocketMap(handle: MapHandle): Result<SocketMap<number>, MapIncompatible> {
  const fault = misfit(handle, ['sockmap'], {})
  return fault === undefined ? Ok(new SocketMap(handle, u32Codec)) : Err(fault)
}

/**
 * A map of type sockhash.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openSocketHash<K = Uint8Array>(handle: MapHandle, key?: Codec<K>): Result<SocketMap<K>, MapIncompatible> {
  const fault = misfit(handle, ['sockhash'], { key: key?.sizeBytes })
  return fault === undefined ? Ok(new SocketMap(handle, codecOr(key, handle.shape.keySize))) : Err(fault)
}
