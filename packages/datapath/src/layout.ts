import type { Btf, CollectionSpec, MapSpec } from '@axoneme/bpf'

/** FNV-1a of 64 bits, as hex. Not against an adversary: against a forgotten migration. */
function digest(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (let at = 0; at < text.length; at++) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n)
  return hash.toString(16).padStart(16, '0')
}

/** A type as its names, places and sizes: what a reader of its bytes has to know. */
function describe(btf: Btf, id: number, depth = 0): string {
  if (id === 0 || depth > 16) return '?'
  const type = btf.resolve(id)
  switch (type.kind) {
    case 'struct':
    case 'union':
      return `${type.kind} ${type.name} ${type.size} {${type.members.map(({ name, type: member, bitOffset }) => `${name}@${bitOffset} ${describe(btf, member, depth + 1)}`).join(';')}}`
    case 'array':
      return `[${type.length}]${describe(btf, type.type, depth + 1)}`
    case 'enum':
    case 'enum64':
      return `enum ${type.name} ${type.size}`
    case 'int':
      return `int ${type.size}`
    default:
      return type.kind
  }
}

/** What a map's entries look like, as a short text: another one means that neither can read the other's. */
export function layoutOf(spec: CollectionSpec, map: MapSpec): string {
  const key = spec.btf === undefined ? '' : describe(spec.btf, map.keyType)
  const value = spec.btf === undefined ? '' : describe(spec.btf, map.valueType)
  return digest(`${map.type} ${map.keySize} ${key} ${map.valueSize} ${value}`)
}
