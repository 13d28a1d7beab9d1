import type { Btf } from '../btf/btf.js'
import type { BtfType } from '../btf/type.js'
import { Effort, essentialName, isComposite } from './path.js'

const DEEPEST = 32

/**
 * Whether every member, enumerator and parameter of a type is in another, by name and form (BPF_CORE_TYPE_MATCHES): stricter
 * than standing for it, since the members count too.
 */
export function typesMatch(localBtf: Btf, local: number, targetBtf: Btf, target: number): boolean {
  const a = localBtf.resolve(local)
  const b = targetBtf.resolve(target)
  return essentialName(a.name) === essentialName(b.name) && matches(localBtf, local, targetBtf, target, false, new Effort(), 0)
}

/** `behindPointer`: a struct is then known by its name alone, as in a declaration. */
function matches(
  localBtf: Btf,
  local: number,
  targetBtf: Btf,
  target: number,
  behindPointer: boolean,
  effort: Effort,
  depth: number,
): boolean {
  if (depth > DEEPEST) return false
  effort.spend(16)
  const [a, b] = [localBtf.resolve(local), targetBtf.resolve(target)]
  if (depth > 0 && !namesMatch(a, b)) return false
  const deeper = (x: number, y: number, pointer: boolean): boolean => matches(localBtf, x, targetBtf, y, pointer, effort, depth + 1)
  if (behindPointer && standsForComposite(a) && standsForComposite(b)) return isUnion(a) === isUnion(b)
  if ((a.kind === 'enum' || a.kind === 'enum64') && (b.kind === 'enum' || b.kind === 'enum64')) {
    const names = new Set(b.values.map(({ name }) => essentialName(name)))
    return a.values.length <= b.values.length && a.values.every(({ name }) => names.has(essentialName(name)))
  }
  if (a.kind !== b.kind) return false
  switch (a.kind) {
    case 'void':
    case 'fwd':
      return true
    case 'float':
      return b.kind === 'float' && a.size === b.size
    case 'int':
      return b.kind === 'int' && a.size === b.size && a.signed === b.signed && a.bool === b.bool
    case 'ptr':
      return b.kind === 'ptr' && deeper(a.type, b.type, true)
    case 'array':
      return b.kind === 'array' && a.length === b.length && deeper(a.type, b.type, behindPointer)
    case 'func-proto':
      return (
        b.kind === 'func-proto' &&
        a.parameters.length === b.parameters.length &&
        a.parameters.every((each, index) => deeper(each.type, b.parameters[index]?.type ?? 0, false)) &&
        deeper(a.returns, b.returns, false)
      )
    case 'struct':
    case 'union':
      return (
        isComposite(b) &&
        a.members.length <= b.members.length &&
        a.members.every((mine) => {
          effort.spend(b.members.length)
          return b.members.some((theirs) => mine.name === theirs.name && deeper(mine.type, theirs.type, false))
        })
      )
    default:
      return false
  }
}

function namesMatch(a: BtfType, b: BtfType): boolean {
  const [x, y] = [essentialName(a.name), essentialName(b.name)]
  return x === y || a.kind === 'ptr' || a.kind === 'array'
}

function standsForComposite(type: BtfType): boolean {
  return isComposite(type) || type.kind === 'fwd'
}

function isUnion(type: BtfType): boolean {
  return type.kind === 'union' || (type.kind === 'fwd' && type.union)
}
