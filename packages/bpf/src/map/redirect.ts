import { Err, Ok, type Result } from '@axoneme/sys'
import type { Codec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import { BpfMap } from './bpf-map.js'
import { u32Codec } from './codecs.js'
import { misfit } from './fit.js'
import type { MapHandle } from './handle.js'

/** A link to redirect frames to. */
export interface DeviceTarget {
  readonly ifindex: number
  /** an XDP program that runs on the way out: its descriptor, when the entry is written */
  readonly programFd?: number | undefined
  /** its id, when the entry is read; undefined: none */
  readonly programId?: number | undefined
}

/** A CPU to redirect frames to: the key is its number. */
export interface CpuTarget {
  /** packets that wait at most */
  readonly queueSize: number
  /** an XDP program that runs there: its descriptor, when the entry is written */
  readonly programFd?: number | undefined
  /** its id, when the entry is read; undefined: none */
  readonly programId?: number | undefined
}

/** A number, and a program where the value has room for it. Source: linux/bpf.h struct bpf_devmap_val, struct bpf_cpumap_val */
function targetCodec<T extends { readonly programFd?: number | undefined }>(
  sizeBytes: number,
  make: (number: number, programId: number | undefined) => T,
  numberOf: (target: T) => number,
): Codec<T> {
  return {
    sizeBytes,
    read(bytes, at) {
      const id = sizeBytes === 8 ? u32Codec.read(bytes, at + 4) : 0
      return make(u32Codec.read(bytes, at), id === 0 ? undefined : id)
    },
    write(target, bytes, at) {
      const { programFd = 0 } = target
      u32Codec.write(numberOf(target), bytes, at)
      if (sizeBytes === 8) u32Codec.write(programFd, bytes, at + 4)
      else if (programFd !== 0) throw new RangeError('the values of this map have 4 bytes, and no room for a program')
    },
  }
}

function openTargets<T extends { readonly programFd?: number | undefined }>(
  handle: MapHandle,
  types: readonly ('devmap' | 'devmap_hash' | 'cpumap')[],
  make: (number: number, programId: number | undefined) => T,
  numberOf: (target: T) => number,
): Result<BpfMap<number, T>, MapIncompatible> {
  const sizeBytes = handle.shape.valueSize === 4 ? 4 : 8
  const fault = misfit(handle, types, { key: 4, value: sizeBytes })
  return fault === undefined ? Ok(new BpfMap(handle, u32Codec, targetCodec(sizeBytes, make, numberOf))) : Err(fault)
}

/**
 * A map of type devmap or devmap_hash. Entries go when their link does. Values of 4 bytes have no room for a program; giving
 * one is a RangeError.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openDeviceMap(handle: MapHandle): Result<BpfMap<number, DeviceTarget>, MapIncompatible> {
  return openTargets<DeviceTarget>(
    handle,
    ['devmap', 'devmap_hash'],
    (ifindex, programId) => ({ ifindex, programId }),
    ({ ifindex }) => ifindex,
  )
}

/**
 * A map of type cpumap. An entry whose queue has no room at all is none.
 *
 * @errors bpf.map-incompatible
 * @lifetime the view owns the handle from now on; on an error it stays the caller's
 */
export function openCpuMap(handle: MapHandle): Result<BpfMap<number, CpuTarget>, MapIncompatible> {
  return openTargets<CpuTarget>(
    handle,
    ['cpumap'],
    (queueSize, programId) => ({ queueSize, programId }),
    ({ queueSize }) => queueSize,
  )
}
