import { readFileSync } from 'node:fs'
import { Err, Ok, type Result, type Sys } from '@axoneme/sys'
import type { BpfCallError } from '../errors.js'
import { fixedText, readInfo } from '../object-info.js'
import { type MapType, mapTypeName } from '../spec/map-type.js'

/** What the kernel says of a map. */
export interface MapInfo {
  /** `unspec`: a type that is newer than this library; `typeNumber` tells it */
  readonly type: MapType
  readonly typeNumber: number
  readonly id: number
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  readonly flags: number
  /** at most 15 characters */
  readonly name: string
  /** of the device that it is offloaded to; 0: none */
  readonly ifindex: number
  /** 0: it was made without BTF */
  readonly btfId: number
  readonly keyTypeId: number
  readonly valueTypeId: number
  /** the type in the kernel's own BTF, of struct_ops maps */
  readonly kernelValueTypeId: number
  readonly mapExtra: bigint
  /** undefined: procfs is not to be read */
  readonly frozen: boolean | undefined
  /** bytes of memory that the kernel accounts to it */
  readonly memoryBytes: number | undefined
}

/** struct bpf_map_info, up to map_extra. */
const SIZE = 88

/** What bpf_map_info does not have. */
function procInfo(fd: number): { frozen: boolean | undefined; memoryBytes: number | undefined } {
  let text = ''
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
  } catch {
    // no procfs: a chroot, or a kernel that is not there
  }
  const field = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)
    return found === null ? undefined : Number(found[1])
  }
  const frozen = field('frozen')
  return { frozen: frozen === undefined ? undefined : frozen !== 0, memoryBytes: field('memlock') }
}

/**
 * Reads what the kernel says of the map behind a descriptor.
 *
 * @errors bpf.refused · permission.denied
 * @source linux/bpf.h struct bpf_map_info
 */
export function readMapInfo(sys: Sys, fd: number): Result<MapInfo, BpfCallError> {
  const bytes = new Uint8Array(SIZE)
  const read = readInfo(sys, fd, bytes, 'a map')
  if (read.isErr()) return Err(read.error)
  const view = new DataView(bytes.buffer)
  const u32 = (at: number): number => view.getUint32(at, true)
  return Ok({
    type: mapTypeName(u32(0)) ?? 'unspec',
    typeNumber: u32(0),
    id: u32(4),
    keySize: u32(8),
    valueSize: u32(12),
    maxEntries: u32(16),
    flags: u32(20),
    name: fixedText(bytes, 24, 16),
    ifindex: u32(40),
    btfId: u32(64),
    keyTypeId: u32(68),
    valueTypeId: u32(72),
    kernelValueTypeId: u32(44),
    mapExtra: view.getBigUint64(80, true),
    ...procInfo(fd),
  })
}
