import type { Btf } from '../btf/btf.js'
import type { BtfComposite, BtfEnum, BtfMember } from '../btf/type.js'
import { ObjectFault } from '../fault.js'
import { camel, comment, field, identifier, key } from './names.js'
import type { ValueForms } from './value.js'

/** The texts that decl tags give a type (-1) or one of its members. */
export type TagsOf = (type: number, component: number) => readonly string[]

interface Field {
  readonly name: string
  readonly type: string
  readonly tags: readonly string[]
  readonly read: string
  readonly write: string
  readonly begin: number
  readonly end: number
  readonly whole: boolean
}

/** Padding has a name of its own in our C, or none: it is not shown, and written as zeros. */
function isPadding(member: BtfMember): boolean {
  return /^_*(pad|padding|reserved)\d*$/.test(member.name)
}

function place(offset: number): string {
  return offset === 0 ? 'at' : `at + ${offset}`
}

function fieldsOf(btf: Btf, type: BtfComposite, forms: ValueForms, tags: TagsOf): Field[] {
  const fields: Field[] = []
  const seen = new Set<string>()
  for (const [index, member] of type.members.entries()) {
    if (isPadding(member)) continue
    const where = `struct ${type.name}, member ${member.name || index}`
    const name = member.name === '' ? `anonymous${index}` : field(identifier(member.name, where))
    if (seen.has(name)) throw new ObjectFault(`two members are called ${name} in TypeScript`, where, 'bpf.unsupported-object')
    seen.add(name)
    const about = { name, tags: tags(type.id, index) }
    if (member.bitWidth > 0) {
      const word = btf.resolve(member.type)
      const signed = word.kind === 'int' && word.signed
      if (member.bitWidth > 32) throw new ObjectFault(`a bitfield of ${member.bitWidth} bits`, where, 'bpf.unsupported-object')
      forms.used.add('readBits').add('writeBits')
      fields.push({
        ...about,
        type: 'number',
        read: `readBits(bytes, at, ${member.bitOffset}, ${member.bitWidth}, ${signed})`,
        write: `writeBits(bytes, at, ${member.bitOffset}, ${member.bitWidth}, ${signed}, value.${name})`,
        begin: Math.floor(member.bitOffset / 8),
        end: Math.ceil((member.bitOffset + member.bitWidth) / 8),
        whole: false,
      })
      continue
    }
    const offset = member.bitOffset / 8
    if (!Number.isInteger(offset)) throw new ObjectFault(`begins at bit ${member.bitOffset}`, where)
    const form = forms.of(member.type, where)
    // an array without a length, at the end, is not part of the size
    if (form.size === 0) continue
    fields.push({
      ...about,
      type: form.type,
      read: form.read(place(offset)),
      write: form.write(place(offset), `value.${name}`),
      begin: offset,
      end: offset + form.size,
      whole: form.covers,
    })
  }
  for (const { name, end } of fields) if (end > type.size) throw new ObjectFault(`${name} lies behind its end`, `struct ${type.name}`)
  return fields
}

/** Whether some byte is written by no field: then all are cleared first. */
function hasHoles(type: BtfComposite, fields: readonly Field[]): boolean {
  let reached = 0
  for (const { begin, end, whole } of fields.toSorted((a, b) => a.begin - b.begin)) {
    if (!whole) continue
    if (begin > reached) return true
    reached = Math.max(reached, end)
  }
  return reached < type.size
}

/** An interface and a codec. */
export function emitStruct(btf: Btf, type: BtfComposite, forms: ValueForms, tags: TagsOf): string {
  const fields = fieldsOf(btf, type, forms, tags)
  const name = forms.typeName(type)
  const own = tags(type.id, -1)
  const lines = [
    comment([...own, `struct ${type.name}, ${type.size} bytes`]),
    `export interface ${name} {\n`,
    ...fields.map((each) => `${comment(each.tags, '  ')}  readonly ${each.name}: ${each.type}\n`),
    '}\n',
    `export const ${forms.codecName(type)}: Codec<${name}> = {\n`,
    `  sizeBytes: ${type.size},\n`,
    '  read(bytes, at) {\n    return {\n',
    ...fields.map((each) => `      ${each.name}: ${each.read},\n`),
    '    }\n  },\n',
    '  write(value, bytes, at) {\n',
    hasHoles(type, fields) ? `    bytes.fill(0, at, at + ${type.size})\n` : '',
    ...fields.map((each) => `    ${each.write}\n`),
    '  },\n}\n',
  ]
  return lines.join('')
}

/** Names and numbers both ways. */
export function emitEnum(type: BtfEnum, forms: ValueForms, tags: TagsOf): string {
  const name = forms.typeName(type)
  const wide = type.size === 8
  const literal = (value: bigint): string => (wide ? `${value}n` : String(value))
  return [
    comment([...tags(type.id, -1), `enum ${type.name}`]),
    `export const ${name} = {\n`,
    ...type.values.map(({ name: each, value }) => `  ${key(each)}: ${literal(value)},\n`),
    '} as const\n',
    `export type ${name} = (typeof ${name})[keyof typeof ${name}]\n`,
    `const ${camel(name)}Names = new Map<${wide ? 'bigint' : 'number'}, keyof typeof ${name}>(Object.entries(${name}).map(([name, value]) => [value, name as keyof typeof ${name}]))\n`,
    `/** The name of a value of enum ${type.name}; undefined for one that it does not have. */\n`,
    `export function ${camel(name)}Name(value: ${wide ? 'bigint' : 'number'}): keyof typeof ${name} | undefined {\n  return ${camel(name)}Names.get(value)\n}\n`,
  ].join('')
}
