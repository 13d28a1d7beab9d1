import { BPF_ALU, BPF_ALU64, BPF_LDX, BPF_ST, BPF_STX, CALL, type Instructions } from '../asm/instruction.js'
import type { Btf } from '../btf/btf.js'
import type { CoreRelocation } from '../btf/ext.js'
import type { BtfKind } from '../btf/type.js'
import { ObjectFault } from '../fault.js'
import { typesMatch } from './match.js'
import {
  type AccessPath,
  CORE,
  describePath,
  essentialName,
  isComposite,
  isEnumRelocation,
  isFieldRelocation,
  isTypeRelocation,
  localPath,
  matchPath,
  typesCompatible,
} from './path.js'

/** What a relocation comes to in one set of types; `size` in bytes of what is read there. */
interface Outcome {
  readonly value: bigint
  readonly size: number
  readonly type: number
  /** the compiler's own value need not be in the instruction: signs and shifts are checked by nobody */
  readonly validate: boolean
}

/** What the loader must do to an instruction. */
type Patch =
  | { readonly poison: true }
  | { readonly poison: false; readonly local: Outcome; readonly target: Outcome; readonly sizesClash: boolean }

/** A call of a helper of this number, which no kernel has, stands where what was read does not exist. */
export const POISON = 0xbad2310

interface Candidate {
  readonly btf: Btf
  readonly id: number
}

/** The types that programs are fitted to: the kernel's, and its modules'. */
export class CoreTarget {
  private readonly known = new Map<string, readonly Candidate[]>()

  /** @param modules looked at only for what is not among the kernel's own */
  constructor(
    private readonly own: Btf,
    private readonly modules: () => readonly Btf[] = () => [],
  ) {}

  /** The types that may be meant by a local one: of its name without flavour, and its kind. */
  candidates(local: Btf, id: number): readonly Candidate[] {
    const type = local.type(id)
    const name = essentialName(type.name)
    if (name === '' || type.kind === 'void') return []
    const kinds: BtfKind[] = type.kind === 'enum' || type.kind === 'enum64' ? ['enum', 'enum64'] : [type.kind]
    const key = `${kinds.join()} ${name}`
    let found = this.known.get(key)
    if (found === undefined) {
      found = this.among(this.own, name, kinds)
      for (const module of found.length > 0 ? [] : this.modules()) found = [...found, ...this.among(module, name, kinds)]
      this.known.set(key, found)
    }
    return found
  }

  private among(btf: Btf, name: string, kinds: readonly BtfKind[]): Candidate[] {
    const offsets = new Set([...btf.stringsBeginning(name)].filter(([, text]) => essentialName(text) === name).map(([offset]) => offset))
    return btf.withNames(offsets, kinds).map((id) => ({ btf, id }))
  }
}

/**
 * Fits a program's instructions to the target's types, in place.
 *
 * @param where for messages: the program's name
 * @throws ObjectFault when the target's types are ambiguous, or an instruction is not what the compiler is known to make
 */
export function relocateCore(
  code: Instructions,
  relocations: readonly CoreRelocation[],
  local: Btf,
  target: CoreTarget,
  where: string,
): void {
  for (const relocation of relocations) {
    const patch = compute(relocation, local, target, where)
    apply(code, relocation, patch, local, where)
  }
}

function compute(relocation: CoreRelocation, local: Btf, target: CoreTarget, where: string): Patch {
  const { kind } = relocation
  if (kind > CORE.typeMatches)
    throw new ObjectFault(`a relocation of kind ${kind}, which is newer than this library`, where, 'bpf.unsupported-object')
  const path = localPath(local, relocation.type, relocation.access, kind)
  const own = evaluate(kind, path, path)
  if (own === undefined) throw new ObjectFault(`${describePath(path)} has no value in its own types`, where)
  if (kind === CORE.typeIdLocal) return { poison: false, local: own, target: own, sizesClash: false }
  let chosen: { outcome: Outcome; path: AccessPath } | undefined
  for (const { btf, id } of target.candidates(local, relocation.type)) {
    const there = found(kind, path, btf, id)
    if (there === undefined) continue
    const outcome = evaluate(kind, path, there)
    if (outcome === undefined) continue
    if (chosen !== undefined && (chosen.outcome.value !== outcome.value || chosen.path.bitOffset !== there.bitOffset))
      throw new ObjectFault(`${describePath(path)} is ambiguous: the kernel has several types of that name, which differ`, where)
    chosen ??= { outcome, path: there }
  }
  if (chosen === undefined) {
    const absent = evaluate(kind, path, undefined)
    return absent === undefined ? { poison: true } : { poison: false, local: own, target: absent, sizesClash: false }
  }
  const sizesClash =
    kind === CORE.fieldByteOffset && own.size !== chosen.outcome.size && !readsAlike(local, own.type, chosen.path.btf, chosen.outcome.type)
  return { poison: false, local: own, target: chosen.outcome, sizesClash }
}

/** Pointers, and unsigned numbers, may be read in another size. */
function readsAlike(local: Btf, mine: number, target: Btf, theirs: number): boolean {
  const [a, b] = [local.resolve(mine), target.resolve(theirs)]
  return (a.kind === 'ptr' && b.kind === 'ptr') || (a.kind === 'int' && b.kind === 'int' && !a.signed && !b.signed)
}

function found(kind: number, local: AccessPath, btf: Btf, id: number): AccessPath | undefined {
  if (isTypeRelocation(kind)) {
    const same = kind === CORE.typeMatches ? typesMatch(local.btf, local.root, btf, id) : typesCompatible(local.btf, local.root, btf, id)
    return same ? { btf, root: id, steps: [], bitOffset: 0 } : undefined
  }
  if (isEnumRelocation(kind)) {
    const type = btf.resolve(id)
    if (type.kind !== 'enum' && type.kind !== 'enum64') return undefined
    const wanted = essentialName(local.steps[0]?.name ?? '')
    const index = type.values.findIndex(({ name }) => essentialName(name) === wanted)
    return index < 0 ? undefined : { btf, root: id, steps: [{ type: id, index, name: wanted }], bitOffset: 0 }
  }
  return matchPath(local, btf, id)
}

const plain = (value: bigint | number): Outcome => ({ value: BigInt(value), size: 0, type: 0, validate: true })

/** A relocation's value where a path leads; `path` undefined: it leads nowhere. undefined: it then has no value. */
function evaluate(kind: number, local: AccessPath, path: AccessPath | undefined): Outcome | undefined {
  switch (kind) {
    case CORE.fieldExists:
    case CORE.typeExists:
    case CORE.typeMatches:
    case CORE.enumeratorExists:
      return plain(path === undefined ? 0 : 1)
    case CORE.typeIdLocal:
      return plain(local.root)
  }
  if (path === undefined) return isTypeRelocation(kind) ? plain(0) : undefined
  if (kind === CORE.typeIdTarget) return { ...plain(path.root), validate: path !== local }
  if (kind === CORE.typeSize) return plain(path.btf.sizeOf(path.root))
  if (kind === CORE.enumeratorValue) {
    const type = path.btf.resolve(path.root)
    const value = type.kind === 'enum' || type.kind === 'enum64' ? type.values[path.steps[0]?.index ?? -1] : undefined
    return value === undefined ? undefined : plain(value.value)
  }
  return isFieldRelocation(kind) ? field(kind, path) : undefined
}

function field(kind: number, path: AccessPath): Outcome | undefined {
  const { btf, bitOffset } = path
  const step = path.steps.at(-1)
  if (step === undefined) return undefined
  if (step.name === undefined) {
    // a whole element of an array
    const size = btf.sizeOf(step.type)
    if (kind === CORE.fieldByteOffset) return { value: BigInt(Math.floor(bitOffset / 8)), size, type: step.type, validate: true }
    if (kind === CORE.fieldByteSize) return plain(size)
    return undefined
  }
  const owner = btf.resolve(step.type)
  const member = isComposite(owner) ? owner.members[step.index] : undefined
  if (member === undefined) return undefined
  const type = btf.resolve(member.type)
  const isBitfield = member.bitWidth > 0
  let size = btf.sizeOf(type.id)
  let byteOffset = Math.floor(bitOffset / 8)
  let width = size * 8
  if (isBitfield) {
    width = member.bitWidth
    if (size === 0) throw new ObjectFault(`the bitfield ${step.name} is of a type without a size`, 'CO-RE')
    // the smallest aligned word that holds all of its bits
    const aligned = (): number => Math.floor(bitOffset / 8 / size) * size
    byteOffset = aligned()
    while (bitOffset + width - byteOffset * 8 > size * 8) {
      if (size >= 8) throw new ObjectFault(`the bitfield ${step.name} does not fit into 8 aligned bytes`, 'CO-RE', 'bpf.unsupported-object')
      size *= 2
      byteOffset = aligned()
    }
  }
  switch (kind) {
    case CORE.fieldByteOffset:
      return { value: BigInt(byteOffset), size: isBitfield ? 0 : size, type: type.id, validate: !isBitfield }
    case CORE.fieldByteSize:
      return { ...plain(size), validate: !isBitfield }
    case CORE.fieldSigned:
      return plain((type.kind === 'int' || type.kind === 'enum' || type.kind === 'enum64') && type.signed ? 1 : 0)
    case CORE.fieldLeftShift:
      return { ...plain(64 - (bitOffset + width - byteOffset * 8)), validate: false }
    case CORE.fieldRightShift:
      return { ...plain(64 - width), validate: false }
  }
  return undefined
}

/** sizes of memory accesses, by the two bits that say them */
const SIZE_BITS: Readonly<Record<number, number>> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 }

function poison(code: Instructions, slot: number): void {
  code.setOpcode(slot, CALL)
  code.setDestination(slot, 0)
  code.setSource(slot, 0)
  code.setOffset(slot, 0)
  code.setImmediate(slot, POISON)
}

function apply(code: Instructions, relocation: CoreRelocation, patch: Patch, local: Btf, where: string): void {
  const { slot } = relocation
  if (slot >= code.length) throw new ObjectFault(`a CO-RE relocation of slot ${slot}, behind the last`, where)
  const isWide = code.isLoad64(slot)
  if (patch.poison) {
    poison(code, slot)
    if (isWide) poison(code, slot + 1)
    return
  }
  const told = (): string => describePath(localPath(local, relocation.type, relocation.access, relocation.kind))
  const expect = (there: bigint): void => {
    if (patch.local.validate && BigInt.asUintN(64, there) !== BigInt.asUintN(64, patch.local.value))
      throw new ObjectFault(
        `slot ${slot} holds ${there} where ${told()} is ${patch.local.value}`,
        where,
        'bpf.malformed',
        'The object was changed after its compilation, or its BTF is of another.',
      )
  }
  const { value } = patch.target
  const kind = code.opcode(slot) & 7
  if (isWide) {
    expect(code.immediate64(slot))
    code.setImmediate64(slot, BigInt.asUintN(64, value))
  } else if (kind === BPF_ALU || kind === BPF_ALU64) {
    if ((code.opcode(slot) & 8) !== 0) throw new ObjectFault(`slot ${slot} computes with a register where ${told()} is a constant`, where)
    // a 32-bit constant is sign-extended where it is used: compare as such
    if (patch.local.validate && BigInt(code.immediate(slot)) !== BigInt.asIntN(32, patch.local.value)) expect(BigInt(code.immediate(slot)))
    code.setImmediate(slot, Number(BigInt.asIntN(32, value)))
  } else if (kind === BPF_LDX || kind === BPF_ST || kind === BPF_STX) {
    expect(BigInt(code.offset(slot)))
    if (value > 32767n)
      throw new ObjectFault(
        `${told()} lies ${value} bytes into its struct, and an instruction reaches 32767`,
        where,
        'bpf.unsupported-object',
      )
    if (patch.sizesClash) {
      poison(code, slot)
      return
    }
    code.setOffset(slot, Number(value))
    if (patch.local.size !== patch.target.size && patch.local.size !== 0 && patch.target.size !== 0) resize(code, slot, patch, told, where)
  } else throw new ObjectFault(`a CO-RE relocation of opcode 0x${code.opcode(slot).toString(16)}`, where)
}

/** A field that is wider or narrower there: so is the access, if it took the whole of it. */
function resize(code: Instructions, slot: number, patch: Extract<Patch, { poison: false }>, told: () => string, where: string): void {
  const [before, after] = [SIZE_BITS[patch.local.size], SIZE_BITS[patch.target.size]]
  if (before === undefined || after === undefined || (code.opcode(slot) & 0x18) !== before)
    throw new ObjectFault(`slot ${slot} reads a part of ${told()}, whose size is another in the kernel`, where, 'bpf.unsupported-object')
  code.setOpcode(slot, (code.opcode(slot) & ~0x18) | after)
}
