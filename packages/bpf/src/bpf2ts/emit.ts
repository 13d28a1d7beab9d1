import { Err, Ok, type Result } from '@axoneme/sys'
import type { Btf } from '../btf/btf.js'
import { ObjectFault } from '../fault.js'
import { type CollectionSpec, type ObjectError, objectError } from '../spec/collection.js'
import type { MapSpec } from '../spec/map-spec.js'
import type { VariableSpec } from '../spec/variable-spec.js'
import { emitEnum, emitStruct, type TagsOf } from './emit-types.js'
import { mapOpener } from './map-opener.js'
import { camel, comment, distinct, field, identifier, key, pascal } from './names.js'
import { ValueForms } from './value.js'

/** what generated code uses of others, type or value */
const GLOBALS =
  'Array Map Object Uint8Array NonNullable Omit Codec Collection BpfError BpfProgram LoadOptions VariableWriter Err Result Sys'.split(' ')

export interface GenerateOptions {
  /** the object's name, for what is generated of it as a whole: `flow` */
  readonly name: string
  /** the package that generated code imports from; absent: @axoneme/bpf */
  readonly from?: string
  /** a prefix of C names that TypeScript names are without: `axm_` */
  readonly strip?: string
  /** more types to be generated, by their C names */
  readonly types?: readonly string[]
}

/**
 * TypeScript for an object: types and codecs of what its maps and variables hold, its variables as one typed value, its maps as
 * typed views, its programs by name. The same object gives the same text.
 *
 * @errors bpf.unsupported-object · bpf.malformed
 */
export function generate(spec: CollectionSpec, options: GenerateOptions): Result<string, ObjectError> {
  try {
    return Ok(emit(spec, options))
  } catch (reason) {
    if (reason instanceof ObjectFault) return Err(objectError(reason))
    throw reason
  }
}

function tagsOf(btf: Btf): TagsOf {
  const tags = new Map<string, string[]>()
  for (const type of btf.types()) {
    if (type.kind !== 'decl-tag' || type.name.startsWith('tail_call:')) continue
    const at = `${type.type}:${type.component}`
    tags.set(at, [...(tags.get(at) ?? []), type.name])
  }
  return (type, component) => tags.get(`${type}:${component}`) ?? []
}

/** A variable that is exported for its type's sake: a global pointer, `struct event *unused` as the C idiom has it. */
function pointee(btf: Btf, { type }: VariableSpec): number | undefined {
  const resolved = btf.resolve(type)
  return resolved.kind === 'ptr' ? resolved.type : undefined
}

function emit(spec: CollectionSpec, options: GenerateOptions): string {
  const { btf } = spec
  if (btf === undefined)
    throw new ObjectFault('has no types', 'object', 'bpf.unsupported-object', 'Compile with -g, so that the object has BTF.')
  const prefix = options.strip
  const forms = new ValueForms(btf, prefix === undefined ? undefined : new RegExp(`^${prefix.replace(/[^A-Za-z0-9_]/g, '')}`))
  const tags = tagsOf(btf)
  const variables = spec.variables.filter(({ name }) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
  const runtime = new Set<string>([
    'type Collection',
    'type BpfProgram',
    'type BpfError',
    'loadCollection',
    'parseObject',
    'programIn',
    'type LoadOptions',
  ])
  const maps = emitMaps(spec.maps, forms, runtime)
  const data = emitVariables(variables, btf, forms)
  if (data !== '') runtime.add('encodeVariables').add('type VariableWriter')
  for (const variable of variables) need(btf, forms, pointee(btf, variable))
  for (const name of options.types ?? []) {
    const [id] = btf.named(name, 'struct', 'union', 'enum', 'enum64')
    if (id === undefined)
      throw new ObjectFault(
        'is not among the types',
        name,
        'bpf.malformed',
        'Use it in a map, a variable or through an exported pointer, or the compiler leaves it out.',
      )
    need(btf, forms, id)
  }
  // emitting a struct may need more: what is emitted is added behind
  const structs: string[] = []
  for (const type of forms.composites.values()) structs.push(emitStruct(btf, type, forms, tags))
  const enums = [...forms.enums.values()].map((type) => emitEnum(type, forms, tags))

  const name = pascal(options.name)
  const programNames = spec.programs.map((program) => field(forms.plain(identifier(program.name, 'program'))))
  distinct(programNames, 'programs')
  const programs = spec.programs.map(
    (program, index) =>
      `${comment(
        program.tags.filter((tag) => !tag.startsWith('tail_call:')),
        '  ',
      )}  ${key(programNames[index] as string)}: (from: Collection): BpfProgram<'${program.type}'> | undefined => programIn(from, '${program.name}', '${program.type}'),\n`,
  )
  const body = [
    enums.join('\n'),
    structs.join('\n'),
    data,
    maps,
    `/** The object's programs, by name; undefined for one that was not loaded. */\nexport const ${camel(options.name)}Programs = {\n${programs.join('')}}\n`,
    loader(name, options.name, data !== ''),
  ]
    .filter((part) => part !== '')
    .join('\n')
  // only what is used: a struct of holes needs no reader of its padding
  distinct([...generatedNames(forms, name, options.name), ...runtime, ...forms.used, ...forms.addresses], 'object')
  const values = [...forms.used].filter((each) => new RegExp(`\\b${each}\\b`).test(body)).sort()
  const imports = [
    ...(structs.length > 0 || maps.includes('Codec<') ? ['type Codec'] : []),
    ...[...runtime].sort((a, b) => a.replace('type ', '').localeCompare(b.replace('type ', ''))),
    ...values,
  ]
  return [
    `// Generated by bpf2ts from ${options.name}.o: do not edit.\n`,
    `import { ${imports.join(', ')} } from '${options.from ?? '@axoneme/bpf'}'\n`,
    `import { ${[...[...forms.addresses].sort(), 'Err', 'type Result', 'type Sys'].join(', ')} } from '@axoneme/sys'\n\n`,
    body,
  ].join('')
}

function need(btf: Btf, forms: ValueForms, id: number | undefined): void {
  if (id === undefined) return
  const type = btf.resolve(id)
  if ((type.kind === 'struct' || type.kind === 'enum' || type.kind === 'enum64') && type.name !== '') forms.of(id, type.name)
}

/** What generated code declares, and what it takes for granted. */
function generatedNames(forms: ValueForms, name: string, object: string): string[] {
  const enums = [...forms.enums.values()].flatMap((type) => [
    forms.typeName(type),
    `${camel(forms.typeName(type))}Names`,
    `${camel(forms.typeName(type))}Name`,
  ])
  const structs = [...forms.composites.values()].flatMap((type) => [forms.typeName(type), forms.codecName(type)])
  return [...enums, ...structs, 'maps', 'Variables', 'variableWriters', `${camel(object)}Programs`, `load${name}`, ...GLOBALS]
}

/** Global data that can be set: an interface by TypeScript names, and its values' bytes by C names. */
function emitVariables(variables: readonly VariableSpec[], btf: Btf, forms: ValueForms): string {
  const rows = variables.flatMap((variable) => {
    // what a program counts in is not what a caller sets
    if (pointee(btf, variable) !== undefined || variable.type === 0) return []
    const form = forms.of(variable.type, `variable ${variable.name}`)
    return [{ variable, form, name: field(forms.plain(variable.name)) }]
  })
  if (rows.length === 0) return ''
  distinct(
    rows.map((row) => row.name),
    'variables',
  )
  return [
    '/** Global data, to be set before the load; what is left out keeps the value that the object has. */\n',
    'export interface Variables {\n',
    ...rows.map(
      ({ variable, form, name }) =>
        `${comment([...variable.tags, ...(variable.constant ? ['constant once loaded'] : [])], '  ')}  readonly ${key(name)}?: ${form.type} | undefined\n`,
    ),
    '}\n',
    'const variableWriters: { readonly [K in keyof Variables]-?: VariableWriter<NonNullable<Variables[K]>> } = {\n',
    ...rows.map(
      ({ variable, form, name }) =>
        `  ${key(name)}: { name: '${variable.name}', size: ${form.size}, write: (bytes, at, value) => { ${form.write('at', 'value')} } },\n`,
    ),
    '}\n',
  ].join('')
}

function emitMaps(maps: readonly MapSpec[], forms: ValueForms, runtime: Set<string>): string {
  const names: string[] = []
  const rows = maps.flatMap((map) => {
    if (map.data !== undefined) return []
    const opener = mapOpener(map, forms)
    if (opener === undefined) return []
    names.push(field(forms.plain(identifier(map.name, 'map'))))
    for (const each of opener.imports) runtime.add(each)
    runtime.add('mapIn')
    return [
      `  ${key(field(forms.plain(map.name)))}: (from: Collection) => mapIn(from, '${map.name}').andThen((handle) => ${opener.open}),\n`,
    ]
  })
  distinct(names, 'maps')
  return rows.length === 0
    ? ''
    : `/** The object's maps as typed views; a view is opened over the collection's map, and closes with it. */\nexport const maps = {\n${rows.join('')}}\n`
}

function loader(name: string, object: string, hasVariables: boolean): string {
  const options = hasVariables ? "Omit<LoadOptions, 'variables'> & { readonly variables?: Variables }" : "Omit<LoadOptions, 'variables'>"
  const encode = hasVariables
    ? `  const variables = encodeVariables<Variables>(variableWriters, options.variables ?? {})
  if (variables.isErr()) return Err(variables.error)
  return loadCollection(sys, spec.value, { ...options, variables: variables.value })
`
    : '  return loadCollection(sys, spec.value, options)\n'
  return `/**
 * Loads ${object}.o.
 *
 * @param object the file's bytes
 * @errors input.invalid · bpf.malformed · bpf.program-rejected · bpf.symbol-missing · bpf.map-incompatible · bpf.refused · permission.denied
 */
export function load${name}(sys: Sys, object: Uint8Array, options: ${options} = {}): Result<Collection, BpfError> {
  const spec = parseObject(object)
  if (spec.isErr()) return Err(spec.error)
${encode}}
`
}
