import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import { Err, Errno, Ok, type Result, type Sys } from '@axoneme/sys'
import { type BpfError, type MapIncompatible, refused } from '../errors.js'
import type { MapDefinition } from '../map/definition.js'
import { MapHandle } from '../map/handle.js'
import { openPinnedMap } from '../map/open.js'
import type { MapSpec } from '../spec/map-spec.js'
import { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG } from '../spec/map-type.js'
import { Attr } from '../syscall/attr.js'

/** the smallest page of any machine that runs this */
const PAGE_BYTES = 4096

/** The kernel takes a ring of a power of two, of whole pages; what is declared is rounded up. */
export function ringBytes(declared: number): number {
  let bytes = PAGE_BYTES
  while (bytes < declared) bytes *= 2
  return bytes
}

function definitionOf(spec: MapSpec, btfFd: number | undefined, innerMapFd: number | undefined): MapDefinition {
  const perCpu = spec.type === 'perf_event_array' && spec.maxEntries === 0
  return {
    name: spec.name,
    type: spec.type,
    keySize: spec.keySize,
    valueSize: spec.valueSize,
    maxEntries: spec.type === 'ringbuf' ? ringBytes(spec.maxEntries) : perCpu ? cpus().length : spec.maxEntries,
    flags: spec.flags,
    numaNode: spec.numaNode,
    mapExtra: spec.mapExtra,
    innerMapFd,
    ...(btfFd === undefined || spec.valueType + spec.keyType === 0 ? {} : { btfFd, keyTypeId: spec.keyType, valueTypeId: spec.valueType }),
  }
}

function make(sys: Sys, spec: MapSpec, btfFd: number | undefined): Result<MapHandle, BpfError> {
  // what the maps inside will be like is shown by one, which is not needed afterwards
  const template = spec.inner === undefined ? undefined : make(sys, { ...spec.inner, name: `${spec.name}.inner` }, btfFd)
  if (template?.isErr()) return template
  const inner = template?.isOk() ? template.value : undefined
  const made = MapHandle.create(sys, definitionOf(spec, btfFd, inner?.fd.use().unwrap()))
  inner?.close()
  if (made.isOk() || (spec.flags & BPF_F_MMAPABLE) === 0 || spec.data === undefined || made.error.code === 'permission.denied') return made
  // kernels before 5.5 do not map arrays: global data is then read and written by system calls
  return MapHandle.create(sys, { ...definitionOf(spec, btfFd, undefined), flags: spec.flags & ~BPF_F_MMAPABLE })
}

/** What a pinned map must be for the object to use it. */
function differences(
  spec: MapSpec,
  definition: MapDefinition,
  found: { readonly [K in 'type' | 'keySize' | 'valueSize' | 'maxEntries' | 'flags' | 'mapExtra']: unknown },
): MapIncompatible['differences'] {
  const declared: Record<string, unknown> = {
    type: spec.type,
    keySize: spec.keySize,
    valueSize: spec.valueSize,
    maxEntries: definition.maxEntries,
    flags: spec.flags,
    mapExtra: spec.mapExtra,
  }
  return Object.keys(declared)
    .filter((attribute) => declared[attribute] !== found[attribute as 'type'])
    .map((attribute) => ({ attribute, declared: String(declared[attribute]), found: String(found[attribute as 'type']) }))
}

function reuse(sys: Sys, spec: MapSpec, path: string): Result<MapHandle, BpfError> {
  const opened = openPinnedMap(sys, path)
  if (opened.isErr()) return Err(opened.error)
  const info = opened.value.info()
  if (info.isErr()) {
    opened.value.close()
    return Err(info.error)
  }
  // the kernel sets this flag on maps of devices by itself
  const own = spec.type === 'devmap' || spec.type === 'devmap_hash' ? BPF_F_RDONLY_PROG : 0
  const wrong = differences(spec, definitionOf(spec, undefined, undefined), { ...info.value, flags: info.value.flags & ~own })
  if (wrong.length === 0) return Ok(opened.value)
  opened.value.close()
  return Err(
    Object.freeze({
      code: 'bpf.map-incompatible',
      map: spec.name,
      differences: Object.freeze(wrong),
      message: `the map pinned at ${path} is not what the object declares: ${wrong.map(({ attribute, declared, found }) => `${attribute} ${found} instead of ${declared}`).join(', ')}`,
      hint: 'Take the pin away (what is in the map is lost with it), copy its entries over first, or pin the new one elsewhere.',
    }),
  )
}

/**
 * Makes a map, or takes the one that is pinned under its name.
 *
 * @param path where the map is pinned, if it is
 */
export function loadMap(sys: Sys, spec: MapSpec, btfFd: number | undefined, path: string): Result<MapHandle, BpfError> {
  if (spec.pinning === 'none') return make(sys, spec, btfFd)
  if (existsSync(path)) return reuse(sys, spec, path)
  const made = make(sys, spec, btfFd)
  if (made.isErr()) return made
  const pinned = made.value.pin(path)
  if (pinned.isOk()) return made
  made.value.close()
  // somebody was quicker: theirs is as good, if it is the same
  return pinned.error.code === 'bpf.exists' ? reuse(sys, spec, path) : Err(pinned.error)
}

/** Writes one entry whose key is a number: global data, a table's descriptor. */
export function put(sys: Sys, map: MapHandle, index: number, value: Uint8Array): Result<void, BpfError> {
  const key = new Uint8Array(new Uint32Array([index]).buffer)
  const fd = map.fd.use()
  if (fd.isErr()) return Err(fd.error)
  const answer = new Attr(sys, 32).u32(0, fd.value).pointer(8, key).pointer(16, value).call('MAP_UPDATE_ELEM')
  if (answer >= 0) return Ok(undefined)
  const hint =
    answer === -Errno.EINVAL ? 'A program in a table must be of the type, attach type and context of the others there.' : undefined
  return Err(refused(`put entry ${index} into map ${map.name}`, 'BPF_MAP_UPDATE_ELEM', -answer, hint))
}

/** A descriptor as the value of a map. */
export function descriptor(fd: number): Uint8Array {
  return new Uint8Array(new Int32Array([fd]).buffer)
}
