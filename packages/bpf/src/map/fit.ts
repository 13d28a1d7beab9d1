import { Ok, type Result, type SysFailed } from '@axoneme/sys'
import { type Codec, rawCodec } from '../codec/codec.js'
import type { MapIncompatible } from '../errors.js'
import type { MapType } from '../spec/map-type.js'
import { perCpuStride } from './codecs.js'
import { possibleCpus } from './cpus.js'
import type { MapHandle, MapShape } from './handle.js'

const PER_CPU: ReadonlySet<MapType> = new Set(['percpu_hash', 'lru_percpu_hash', 'percpu_array', 'percpu_cgroup_storage'])
const HOLDS_DESCRIPTORS: ReadonlySet<MapType> = new Set(['prog_array', 'perf_event_array', 'cgroup_array', 'array_of_maps', 'hash_of_maps'])

/** How many bytes a value has where user space reads it. Source: kernel/bpf/syscall.c bpf_map_value_size. */
export function userValueSize({ type, valueSize }: MapShape): Result<number, SysFailed> {
  if (HOLDS_DESCRIPTORS.has(type)) return Ok(4)
  if (!PER_CPU.has(type)) return Ok(valueSize)
  return possibleCpus().map((cpus) => perCpuStride(valueSize) * cpus)
}

/** What keys and values are read and written with; absent: bytes, copied. */
export interface MapCodecs<K, V> {
  readonly key?: Codec<K> | undefined
  readonly value?: Codec<V> | undefined
}

/** The codec that was given, or bytes as they are. */
export function codecOr<T>(codec: Codec<T> | undefined, sizeBytes: number): Codec<T> {
  return codec ?? (rawCodec(sizeBytes) as Codec<unknown> as Codec<T>)
}

/**
 * The error when a map is not of these types, or its sizes are not those of the codecs.
 *
 * @param types undefined: any
 */
export function misfit(
  { shape }: MapHandle,
  types: readonly MapType[] | undefined,
  sizes: { readonly key?: number | undefined; readonly value?: number | undefined },
): MapIncompatible | undefined {
  const differences: { attribute: string; declared: string; found: string }[] = []
  if (types !== undefined && !types.includes(shape.type))
    differences.push({ attribute: 'type', declared: types.join(' or '), found: shape.type })
  if (sizes.key !== undefined && sizes.key !== shape.keySize)
    differences.push({ attribute: 'keySize', declared: `${sizes.key}`, found: `${shape.keySize}` })
  if (sizes.value !== undefined && sizes.value !== shape.valueSize)
    differences.push({ attribute: 'valueSize', declared: `${sizes.value}`, found: `${shape.valueSize}` })
  if (differences.length === 0) return undefined
  const words = differences.map(({ attribute, declared, found }) => `${attribute} is ${found}, not ${declared}`)
  return Object.freeze({
    code: 'bpf.map-incompatible',
    map: shape.name,
    differences,
    message: `map ${shape.name}: ${words.join(', ')}`,
    hint: 'Open it as what it is, with codecs of its sizes.',
  })
}
