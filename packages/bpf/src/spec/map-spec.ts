import type { Btf } from '../btf/btf.js'
import type { BtfMember, BtfType } from '../btf/type.js'
import type { Elf, ElfRelocation, Section } from '../elf/elf.js'
import { ObjectFault, unsupported } from '../fault.js'
import { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG, type MapType, mapTypeName } from './map-type.js'

/** A map as its object declares it: inert data. */
export interface MapSpec {
  readonly name: string
  readonly type: MapType
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  readonly flags: number
  /** by-name: it is kept in bpffs under its name, and taken from there when it is */
  readonly pinning: 'none' | 'by-name'
  readonly numaNode: number | undefined
  readonly mapExtra: bigint
  /** types of the object's BTF; 0: none */
  readonly keyType: number
  readonly valueType: number
  /** what the maps in this one are like */
  readonly inner: MapSpec | undefined
  /** what is put into it at load: maps or programs, by their names */
  readonly values: readonly { readonly index: number; readonly target: string }[]
  /** a section of global data: its bytes at load; the map has one entry */
  readonly data: Uint8Array | undefined
  /** global data that programs cannot change: frozen before they are loaded */
  readonly frozen: boolean
}

const MAX_NESTING = 2

/** What a map is when nothing is said of it. */
function plainMap(name: string): { -readonly [K in keyof MapSpec]: MapSpec[K] } {
  return {
    name,
    type: 'unspec',
    keySize: 0,
    valueSize: 0,
    maxEntries: 0,
    flags: 0,
    pinning: 'none',
    numaNode: undefined,
    mapExtra: 0n,
    keyType: 0,
    valueType: 0,
    inner: undefined,
    values: [],
    data: undefined,
    frozen: false,
  }
}

/** The number of `__uint(name, 5)`: the length of an array behind a pointer; of `__ulong(name, 5)`: an enumerator. */
function numberOf(btf: Btf, member: BtfMember, where: string): bigint {
  const type = btf.resolve(member.type)
  if (type.kind === 'enum' || type.kind === 'enum64') {
    const [first] = type.values
    if (first !== undefined) return BigInt.asUintN(64, first.value)
  }
  const pointee = type.kind === 'ptr' ? btf.resolve(type.type) : undefined
  if (pointee?.kind !== 'array') throw new ObjectFault(`${member.name} is no number`, where, 'bpf.malformed', 'Declare it with __uint(…).')
  return BigInt(pointee.length)
}

function pointee(btf: Btf, member: BtfMember, where: string): number {
  const type = btf.resolve(member.type)
  if (type.kind !== 'ptr') throw new ObjectFault(`${member.name} is no type`, where, 'bpf.malformed', 'Declare it with __type(…).')
  return type.type
}

function define(btf: Btf, name: string, definition: BtfType, nesting: number): MapSpec {
  const where = `map ${name}`
  if (definition.kind !== 'struct') throw new ObjectFault(`is declared as a ${definition.kind}, not as a struct`, where)
  const map = plainMap(name)
  let sizes = { key: false, value: false }
  const sized = (what: 'key' | 'value', size: number): void => {
    const before = what === 'key' ? map.keySize : map.valueSize
    if (sizes[what] && before !== size) throw new ObjectFault(`its ${what} is said to have ${before} and ${size} bytes`, where)
    sizes = { ...sizes, [what]: true }
    if (what === 'key') map.keySize = size
    else map.valueSize = size
  }
  for (const member of definition.members) {
    const number = (): number => Number(numberOf(btf, member, where))
    switch (member.name) {
      case 'type': {
        const type = mapTypeName(number())
        if (type === undefined) throw unsupported(`map type ${number()}, which is newer than this library`, where)
        map.type = type
        break
      }
      case 'max_entries':
        map.maxEntries = number()
        break
      case 'map_flags':
        map.flags = number()
        break
      case 'numa_node':
        map.numaNode = number()
        break
      case 'map_extra':
        map.mapExtra = numberOf(btf, member, where)
        break
      case 'key_size':
        sized('key', number())
        break
      case 'value_size':
        sized('value', number())
        break
      case 'key':
        map.keyType = pointee(btf, member, where)
        sized('key', btf.sizeOf(map.keyType))
        break
      case 'value':
        map.valueType = pointee(btf, member, where)
        sized('value', btf.sizeOf(map.valueType))
        break
      case 'pinning': {
        const how = number()
        if (how > 1) throw unsupported(`pinning ${how}`, where, 'LIBBPF_PIN_NONE and LIBBPF_PIN_BY_NAME are known.')
        map.pinning = how === 1 ? 'by-name' : 'none'
        break
      }
      case 'values':
        map.inner = innerOf(btf, name, member, nesting)
        if (map.valueSize === 0) map.valueSize = 4
        break
      default:
        throw unsupported(`the attribute ${member.name}`, where)
    }
  }
  return map
}

/** `__array(values, struct { … })` says what inner maps are like; `__array(values, void (…))` that programs go in. */
function innerOf(btf: Btf, name: string, member: BtfMember, nesting: number): MapSpec | undefined {
  const where = `map ${name}`
  const array = btf.resolve(member.type)
  const element = array.kind === 'array' ? btf.resolve(array.type) : undefined
  if (element?.kind !== 'ptr')
    throw new ObjectFault('values is no array of pointers', where, 'bpf.malformed', 'Declare it with __array(…).')
  const target = btf.resolve(element.type)
  if (target.kind === 'func-proto') return undefined
  if (nesting + 1 >= MAX_NESTING) throw unsupported('maps in maps in maps', where)
  return define(btf, `${name}.inner`, target, nesting + 1)
}

/** Where in a map's declaration its `values` begin: bytes from the variable's start. */
function valuesOffset(_btf: Btf, definition: BtfType): number | undefined {
  if (definition.kind !== 'struct') return undefined
  const member = definition.members.find(({ name }) => name === 'values')
  return member === undefined ? undefined : member.bitOffset / 8
}

/**
 * The maps of a `.maps` section.
 *
 * @throws ObjectFault
 */
export function readMaps(elf: Elf, section: Section, btf: Btf): MapSpec[] {
  const [id] = btf.named('.maps', 'datasec')
  const datasec = id === undefined ? undefined : btf.type(id)
  if (datasec?.kind !== 'datasec')
    throw new ObjectFault('has no types', '.maps', 'bpf.malformed', 'Compile with -g, so that the object has BTF.')
  const relocations = elf.relocations(section.index)
  return datasec.variables.map(({ type }) => {
    const variable = btf.type(type)
    if (variable.kind !== 'var') throw new ObjectFault(`holds a ${variable.kind}`, '.maps')
    const symbol = elf.symbols.find(({ name, section: at }) => name === variable.name && at === section.index)
    if (symbol === undefined) throw new ObjectFault('has no symbol', `map ${variable.name}`)
    const definition = btf.resolve(variable.type)
    const map = define(btf, variable.name, definition, 0)
    const from = valuesOffset(btf, definition)
    if (from === undefined) return map
    const begin = symbol.value + from
    const values = relocations
      .filter(({ offset }) => offset >= begin && offset < symbol.value + symbol.size)
      .map(({ offset, symbol: target }: ElfRelocation) => ({ index: (offset - begin) / 8, target: target.name }))
    for (const { index } of values)
      if (!Number.isInteger(index)) throw new ObjectFault('a value stands between two places', `map ${variable.name}`)
    // a table whose size is not said is as large as what it holds
    const largest = values.reduce((most, { index }) => Math.max(most, index + 1), 0)
    return { ...map, values, maxEntries: map.maxEntries === 0 ? largest : map.maxEntries }
  })
}

/**
 * The map that carries a section of global data.
 *
 * @throws ObjectFault
 */
export function dataMap(section: Section, btf: Btf | undefined): MapSpec {
  const frozen = section.name === '.rodata' || section.name.startsWith('.rodata.')
  const [valueType = 0] = btf?.named(section.name, 'datasec') ?? []
  const data = new Uint8Array(section.size)
  data.set(section.data)
  return {
    ...plainMap(section.name),
    type: 'array',
    keySize: 4,
    valueSize: section.size,
    maxEntries: 1,
    // mappable, so that user space reads and writes it without system calls, when there is anything to be seen outside
    flags: (hasGlobals(btf, valueType) ? BPF_F_MMAPABLE : 0) | (frozen ? BPF_F_RDONLY_PROG : 0),
    valueType,
    data,
    frozen,
  }
}

/** Whether a section has a variable that is not static. */
function hasGlobals(btf: Btf | undefined, datasec: number): boolean {
  const type = btf?.type(datasec)
  if (btf === undefined || type?.kind !== 'datasec') return false
  return type.variables.some(({ type: id }) => {
    const variable = btf.type(id)
    return variable.kind === 'var' && variable.linkage !== 0
  })
}
