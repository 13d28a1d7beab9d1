import type { Btf } from '../btf/btf.js'
import type { BtfComposite, BtfType } from '../btf/type.js'
import { ObjectFault } from '../fault.js'

/** Source: linux/bpf.h enum bpf_core_relo_kind. */
export const CORE = {
  fieldByteOffset: 0,
  fieldByteSize: 1,
  fieldExists: 2,
  fieldSigned: 3,
  fieldLeftShift: 4,
  fieldRightShift: 5,
  typeIdLocal: 6,
  typeIdTarget: 7,
  typeExists: 8,
  typeSize: 9,
  enumeratorExists: 10,
  enumeratorValue: 11,
  typeMatches: 12,
} as const

export const isFieldRelocation = (kind: number): boolean => kind <= CORE.fieldRightShift
export const isTypeRelocation = (kind: number): boolean => (kind >= CORE.typeIdLocal && kind <= CORE.typeSize) || kind === CORE.typeMatches
export const isEnumRelocation = (kind: number): boolean => kind === CORE.enumeratorExists || kind === CORE.enumeratorValue

const DEEPEST = 64
/** an index is an int in C */
const LARGEST_INDEX = 0x7fff_ffff

/** What two types may cost to compare: those of a kernel take a thousandth of it, those that hold themselves have no end. */
export class Effort {
  private left = 1 << 24

  /** @throws ObjectFault when there was too much of it */
  spend(units: number): void {
    this.left -= units
    if (this.left < 0) throw new ObjectFault('types that are too intricate to be compared', 'CO-RE')
  }
}

/** One step to a member: by name into a struct or union, or by index into an array. */
export interface Accessor {
  readonly type: number
  readonly index: number
  readonly name: string | undefined
}

/** A way to a member, in one set of types: where it leads. */
export interface AccessPath {
  readonly btf: Btf
  readonly root: number
  readonly steps: readonly Accessor[]
  readonly bitOffset: number
}

/** What a name is without its flavour: `sk_buff` of `sk_buff___old`. */
export function essentialName(name: string): string {
  const at = name.lastIndexOf('___')
  return at > 0 && at + 3 < name.length ? name.slice(0, at) : name
}

export function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union'
}

/** A last member that is an array of no length goes on past the end of its struct. */
function isFlexible(btf: Btf, step: Accessor | undefined, length: number): boolean {
  if (step?.name === undefined || length > 0) return false
  const owner = btf.resolve(step.type)
  return isComposite(owner) && step.index === owner.members.length - 1
}

/**
 * Reads `0:1:2` in the object's own types: the way that the compiler saw.
 *
 * @throws ObjectFault
 */
export function localPath(btf: Btf, root: number, access: string, kind: number): AccessPath {
  const indexes = access.split(':').map(Number)
  if (!/^\d+(:\d+)*$/.test(access) || indexes.length > DEEPEST || indexes.some((index) => index > LARGEST_INDEX))
    throw new ObjectFault(`"${access}" is no way to a member`, 'CO-RE')
  if (isTypeRelocation(kind)) {
    if (access !== '0') throw new ObjectFault(`"${access}" for a whole type`, 'CO-RE')
    return { btf, root, steps: [], bitOffset: 0 }
  }
  const [first = 0, ...rest] = indexes
  if (isEnumRelocation(kind)) {
    const type = btf.resolve(root)
    const value = type.kind === 'enum' || type.kind === 'enum64' ? type.values[first] : undefined
    if (value === undefined || rest.length > 0) throw new ObjectFault(`"${access}" is no enumerator of type ${root}`, 'CO-RE')
    return { btf, root, steps: [{ type: root, index: first, name: value.name }], bitOffset: 0 }
  }
  const steps: Accessor[] = [{ type: root, index: first, name: undefined }]
  let bitOffset = first * btf.sizeOf(root) * 8
  let at = root
  for (const index of rest) {
    const type = btf.resolve(at)
    if (isComposite(type)) {
      const member = type.members[index]
      if (member === undefined) throw new ObjectFault(`"${access}": ${type.name} has no member ${index}`, 'CO-RE')
      bitOffset += member.bitOffset
      // an anonymous struct is no step of its own: in other kernels the member may be elsewhere
      if (member.name !== '') steps.push({ type: type.id, index, name: member.name })
      at = member.type
    } else if (type.kind === 'array') {
      if (index >= type.length && !isFlexible(btf, steps.at(-1), type.length))
        throw new ObjectFault(`"${access}": index ${index} of ${type.length}`, 'CO-RE')
      at = btf.resolve(type.type).id
      steps.push({ type: at, index, name: undefined })
      bitOffset += index * btf.sizeOf(at) * 8
    } else throw new ObjectFault(`"${access}" leads into a ${type.kind}`, 'CO-RE')
  }
  return { btf, root, steps, bitOffset }
}

/** `struct sk_buff.cb[2]`, for messages. */
export function describePath({ btf, root, steps }: AccessPath): string {
  const type = btf.resolve(root)
  const [first, ...rest] = steps
  const start = `${type.kind === 'struct' || type.kind === 'union' || type.kind === 'enum' ? `${type.kind} ` : ''}${type.name || '<anonymous>'}`
  if (first?.name !== undefined) return `${start}::${first.name}`
  return start + rest.map(({ name, index }) => (name === undefined ? `[${index}]` : `.${name}`)).join('')
}

/** The same way in the target's types; undefined when it leads nowhere there. */
export function matchPath(local: AccessPath, target: Btf, root: number): AccessPath | undefined {
  const steps: Accessor[] = []
  const effort = new Effort()
  let bitOffset = 0
  let at = root
  for (const [place, step] of local.steps.entries()) {
    if (step.name !== undefined) {
      const found = matchMember(local, step, target, at, effort, 0)
      if (found === undefined) return undefined
      steps.push(found.step)
      bitOffset += found.bitOffset
      at = found.next
      continue
    }
    // the first step is into an array that the pointer stands for
    if (place > 0) {
      const type = target.resolve(at)
      if (type.kind !== 'array') return undefined
      if (step.index >= type.length && !isFlexible(target, steps.at(-1), type.length)) return undefined
      at = target.resolve(type.type).id
    }
    steps.push({ type: at, index: step.index, name: undefined })
    bitOffset += step.index * target.sizeOf(at) * 8
  }
  return { btf: target, root, steps, bitOffset }
}

/** A member of that name in a struct, or in the anonymous ones inside it. */
function matchMember(
  local: AccessPath,
  step: Accessor,
  target: Btf,
  at: number,
  effort: Effort,
  depth: number,
): { step: Accessor; bitOffset: number; next: number } | undefined {
  const type = target.resolve(at)
  if (!isComposite(type) || depth > DEEPEST) return undefined
  effort.spend(16 + type.members.length)
  const owner = local.btf.resolve(step.type)
  const wanted = isComposite(owner) ? owner.members[step.index] : undefined
  if (wanted === undefined) return undefined
  for (const [index, member] of type.members.entries()) {
    if (member.name === '') {
      const inside = matchMember(local, step, target, member.type, effort, depth + 1)
      if (inside !== undefined) return { ...inside, bitOffset: inside.bitOffset + member.bitOffset }
    } else if (member.name === step.name) {
      if (!fieldsCompatible(local.btf, wanted.type, target, member.type)) return undefined
      return { step: { type: type.id, index, name: member.name }, bitOffset: member.bitOffset, next: member.type }
    }
  }
  return undefined
}

/** Kinds that stand for one another: the two sizes of enum. */
function sameKind(a: BtfType, b: BtfType): boolean {
  const kind = (type: BtfType): string => (type.kind === 'enum64' ? 'enum' : type.kind)
  return kind(a) === kind(b)
}

/** Whether a member read as one type may be read as the other: sizes may differ, the sort may not. */
export function fieldsCompatible(localBtf: Btf, local: number, targetBtf: Btf, target: number): boolean {
  for (let depth = 0; depth < DEEPEST; depth++) {
    const [a, b] = [localBtf.resolve(local), targetBtf.resolve(target)]
    if (isComposite(a) && isComposite(b)) return true
    if (!sameKind(a, b)) return false
    if (a.kind === 'int' && b.kind === 'int') return a.bitOffset === 0 && b.bitOffset === 0
    if (a.kind === 'array' && b.kind === 'array') {
      local = a.type
      target = b.type
      continue
    }
    if (a.kind === 'fwd' || a.kind === 'enum' || a.kind === 'enum64') {
      const [x, y] = [essentialName(a.name), essentialName(b.name)]
      return x === '' || y === '' || x === y
    }
    return a.kind === 'ptr' || a.kind === 'float'
  }
  return false
}

/** Whether one type stands for another as a whole: kinds all the way down, names at the top only. */
export function typesCompatible(localBtf: Btf, local: number, targetBtf: Btf, target: number, depth = 0, effort = new Effort()): boolean {
  if (depth > 32) return false
  effort.spend(16)
  const [a, b] = [localBtf.resolve(local), targetBtf.resolve(target)]
  if (!sameKind(a, b)) return false
  const deeper = (x: number, y: number): boolean => typesCompatible(localBtf, x, targetBtf, y, depth + 1, effort)
  if (a.kind === 'int' && b.kind === 'int') return a.bitOffset === 0 && b.bitOffset === 0
  if ((a.kind === 'ptr' && b.kind === 'ptr') || (a.kind === 'array' && b.kind === 'array')) return deeper(a.type, b.type)
  if (a.kind === 'func-proto' && b.kind === 'func-proto')
    return (
      a.parameters.length === b.parameters.length &&
      a.parameters.every((each, index) => deeper(each.type, b.parameters[index]?.type ?? 0)) &&
      deeper(a.returns, b.returns)
    )
  return a.kind === 'void' || isComposite(a) || a.kind === 'enum' || a.kind === 'enum64' || a.kind === 'fwd'
}
