import { Btf } from '../btf/btf.js'
import { BtfEdit } from '../btf/edit.js'
import type { BtfDatasec, BtfKind } from '../btf/type.js'
import type { CollectionSpec } from '../spec/collection.js'

/** Source: linux/btf.h enum btf_func_linkage, BTF_VAR_*. */
const STATIC = 0
const GLOBAL = 1

/**
 * An object's BTF as the kernel takes it: sections of data get their sizes and the places of their variables, which the compiler leaves
 * to a linker; what is declared of the kernel's is made to look defined, for the kernel takes no externs.
 *
 * @param lacking kinds that the running kernel does not know, replaced by others of the same size
 * @throws ObjectFault
 */
export function kernelBtf(
  spec: Pick<CollectionSpec, 'btf' | 'layout' | 'hiddenFunctions'>,
  lacking: ReadonlySet<BtfKind> = new Set(),
): Uint8Array | undefined {
  const { btf } = spec
  if (btf === undefined) return undefined
  const edit = new BtfEdit(btf)
  const hidden = new Set(spec.hiddenFunctions)
  for (const type of btf.types()) {
    if (type.kind === 'datasec') {
      if (type.name === '.ksyms' || type.name === '.kconfig') defineExterns(btf, edit, type)
      else placeVariables(btf, edit, type, spec.layout.get(type.name))
    }
    if (type.kind === 'func' && hidden.has(type.name) && type.linkage === GLOBAL) edit.setInfo(type.id, 'func', STATIC)
  }
  const fixed = edit.finish()
  if (lacking.size === 0) return fixed
  // what was put in is of such kinds too
  const again = new Btf(fixed)
  const older = new BtfEdit(again)
  replaceKinds(again, older, lacking)
  return older.finish()
}

function placeVariables(
  btf: Btf,
  edit: BtfEdit,
  section: BtfDatasec,
  layout: { readonly size: number; readonly offsets: ReadonlyMap<string, number> } | undefined,
): void {
  // clang leaves the section of a constant that it did not need behind, and the kernel takes no empty one
  if (section.variables.length === 0) {
    edit.setInfo(section.id, 'const', 0)
    edit.setNameOffset(section.id, 0)
    edit.setSizeOrType(section.id, 0)
    return
  }
  // names of sections may begin with what the kernel takes for no name
  if (section.name.startsWith('?')) edit.setName(section.id, `_${section.name.slice(1)}`)
  if (layout === undefined) return
  edit.setSizeOrType(section.id, layout.size)
  const placed = section.variables
    .map(({ type, size, offset }) => ({
      type,
      size: size === 0 ? btf.sizeOf(type) : size,
      offset: layout.offsets.get(btf.type(type).name) ?? offset,
    }))
    .sort((a, b) => a.offset - b.offset)
  for (const [index, { type, offset, size }] of placed.entries()) {
    edit.setWord(section.id, index * 3, type)
    edit.setWord(section.id, index * 3 + 1, offset)
    edit.setWord(section.id, index * 3 + 2, size)
  }
}

/** Functions in a section of externs become one variable of no account, variables get a type that every object has. */
function defineExterns(btf: Btf, edit: BtfEdit, section: BtfDatasec): void {
  const [known] = btf.named('int', 'int')
  const int = known ?? edit.add('int', 'int', 0, 4, [(1 << 24) | 32])
  const dummy = edit.add('var', 'dummy_ksym', 0, int, [GLOBAL])
  for (const [index, { type: id }] of section.variables.entries()) {
    const type = btf.type(id)
    if (type.kind === 'func') {
      edit.setInfo(id, 'func', GLOBAL)
      edit.setWord(section.id, index * 3, dummy)
      nameParameters(btf, edit, type.type)
    } else if (type.kind === 'var') {
      edit.setWord(id, 0, GLOBAL)
      edit.setSizeOrType(id, int)
    }
    edit.setWord(section.id, index * 3 + 1, index * 4)
    edit.setWord(section.id, index * 3 + 2, 4)
  }
  edit.setSizeOrType(section.id, section.variables.length * 4)
}

/** A defined function's parameters have names. */
function nameParameters(btf: Btf, edit: BtfEdit, id: number): void {
  const proto = btf.type(id)
  if (proto.kind !== 'func-proto') return
  for (const [index, { name, type }] of proto.parameters.entries())
    if (name === '' && type !== 0) edit.setWord(id, index * 2, edit.text('dummy_ksym'))
}

/**
 * What stands for a kind that an older kernel does not know: another of the same size whose meaning does no harm there. The order is
 * libbpf's. First kernels: func-proto and func 5.0, datasec and var 5.2, float 5.13, decl-tag 5.16, type-tag 5.17, enum64 6.0.
 */
function replaceKinds(btf: Btf, edit: BtfEdit, lacking: ReadonlySet<BtfKind>): void {
  for (const type of btf.types()) {
    const { id } = type
    if (type.kind === 'void' || !lacking.has(type.kind)) continue
    switch (type.kind) {
      case 'var':
      case 'decl-tag':
        // an int of one byte: its word follows where the linkage or the member stood
        edit.setInfo(id, 'int', 0)
        edit.setSizeOrType(id, 1)
        edit.setWord(id, 0, (1 << 24) | 8)
        if (type.kind === 'decl-tag') edit.setName(id, 'decl_tag')
        break
      case 'datasec': {
        edit.setInfo(id, 'struct', type.variables.length)
        edit.setName(id, type.name.replace(/[^A-Za-z0-9_]/g, '_'))
        // a member: name, type, offset in bits
        const rows = type.variables.map((_, index) => [edit.word(id, index * 3), edit.word(id, index * 3 + 1)] as const)
        for (const [index, [variable, offset]] of rows.entries()) {
          const of = btf.type(variable)
          edit.setWord(id, index * 3, edit.text(of.name))
          edit.setWord(id, index * 3 + 1, of.kind === 'var' && !lacking.has('var') ? of.type : variable)
          edit.setWord(id, index * 3 + 2, offset * 8)
        }
        break
      }
      case 'func':
        edit.setInfo(id, 'typedef', 0)
        break
      case 'func-proto':
        edit.setInfo(id, 'enum', type.parameters.length)
        edit.setSizeOrType(id, 4)
        break
      case 'float':
        edit.setInfo(id, 'struct', 0)
        edit.setNameOffset(id, 0)
        break
      case 'type-tag':
        edit.setInfo(id, 'const', 0)
        edit.setNameOffset(id, 0)
        break
      case 'enum64': {
        const int = btf.named('int', 'int')[0] ?? edit.add('int', 'int', 0, 4, [(1 << 24) | 32])
        edit.setInfo(id, 'union', type.values.length)
        // a member: name, type, offset 0
        for (const index of type.values.keys()) {
          edit.setWord(id, index * 3 + 1, int)
          edit.setWord(id, index * 3 + 2, 0)
        }
        break
      }
    }
  }
}
