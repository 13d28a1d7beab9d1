import type { MapSpec } from '../spec/map-spec.js'
import type { ValueForms } from './value.js'

/** Code that opens a typed view over `handle`, and what it imports. */
interface Opener {
  readonly open: string
  readonly imports: readonly string[]
}

/** A codec as an expression: a struct's own, or one made of a scalar's reader and writer. */
function codecOf(id: number, size: number, forms: ValueForms, where: string): string {
  if (id === 0) {
    forms.used.add('rawCodec')
    return `rawCodec(${size})`
  }
  const form = forms.of(id, where)
  const scalar = /^read([US]\d+(?:be)?|Bool)\(bytes, at\)$/.exec(form.read('at'))?.[1]
  if (scalar !== undefined) {
    const codec = `${scalar.charAt(0).toLowerCase()}${scalar.slice(1)}Codec`
    forms.used.add(codec)
    return codec
  }
  const direct = /^(\w+)\.read\(bytes, at\)$/.exec(form.read('at'))?.[1]
  if (direct !== undefined && !forms.addresses.has(direct)) return direct
  return `{ sizeBytes: ${form.size}, read: (bytes: Uint8Array, at: number): ${form.type} => ${form.read('at')}, write: (value: ${form.type}, bytes: Uint8Array, at: number): void => { ${form.write('at', 'value')} } }`
}

/** How a map is opened; undefined for a type that has no typed view. */
export function mapOpener(map: MapSpec, forms: ValueForms): Opener | undefined {
  const keyCodec = (): string => codecOf(map.keyType, map.keySize, forms, `key of map ${map.name}`)
  const valueCodec = (): string => codecOf(map.valueType, map.valueSize, forms, `value of map ${map.name}`)
  const keyed = (name: string): Opener => ({ open: `${name}(handle, { key: ${keyCodec()}, value: ${valueCodec()} })`, imports: [name] })
  const valued = (name: string): Opener => ({ open: `${name}(handle, ${valueCodec()})`, imports: [name] })
  const bare = (name: string): Opener => ({ open: `${name}(handle)`, imports: [name] })
  switch (map.type) {
    case 'hash':
    case 'lru_hash':
      return keyed('openHashMap')
    case 'percpu_hash':
    case 'lru_percpu_hash':
      return keyed('openPerCpuHashMap')
    case 'array':
      return valued((map.flags & (1 << 10)) !== 0 ? 'mapArray' : 'openArrayMap')
    case 'percpu_array':
      return valued('openPerCpuArrayMap')
    case 'lpm_trie':
      // keys of IPv4 and IPv6 prefixes are prefixes; others are as their struct says
      return map.keySize === 8 || map.keySize === 20 ? valued('openPrefixTrie') : keyed('openMap')
    case 'prog_array':
      return bare('openProgramArray')
    case 'array_of_maps':
      return bare('openArrayOfMaps')
    case 'hash_of_maps':
      return { open: `openHashOfMaps(handle, ${keyCodec()})`, imports: ['openHashOfMaps'] }
    case 'devmap':
    case 'devmap_hash':
      return bare('openDeviceMap')
    case 'cpumap':
      return bare('openCpuMap')
    case 'sockmap':
      return bare('openSocketMap')
    case 'sockhash':
      return { open: `openSocketHash(handle, ${keyCodec()})`, imports: ['openSocketHash'] }
    case 'queue':
    case 'stack':
      return valued('openQueue')
    case 'bloom_filter':
      return valued('openBloomFilter')
    case 'ringbuf':
      return bare('openRingBuffer')
    default:
      return undefined
  }
}
