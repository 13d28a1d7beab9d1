import { ObjectFault } from '../fault.js'

/** words that TypeScript keeps for itself, or that would hide what generated code uses */
const RESERVED = new Set(
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static await async of arguments eval bytes at value index handle from sys object options spec variables Codec Result'.split(
    ' ',
  ),
)

/** A name that code is made of: what is none in C would be code of its own. @throws ObjectFault */
export function identifier(name: string, where: string): string {
  if (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name)) return name
  throw new ObjectFault(`"${name.slice(0, 64)}" is no name in TypeScript`, where, 'bpf.unsupported-object')
}

/** No two of them alike. @throws ObjectFault */
export function distinct(names: readonly string[], where: string): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name))
      throw new ObjectFault(
        `two things are called ${name} in TypeScript`,
        where,
        'bpf.unsupported-object',
        'Give one of them another name in C.',
      )
    seen.add(name)
  }
}

/** `flow_key` → `flowKey`, as the name of a field; leading and trailing underscores go. */
export function field(name: string): string {
  const words = name.split(/_+/).filter((word) => word !== '')
  const joined = words.map((word, index) => (index === 0 ? lowerFirst(word) : upperFirst(word))).join('')
  return /^[A-Za-z$]/.test(joined) ? joined : `_${joined}`
}

/** The same as the name of a constant or function. */
export function camel(name: string): string {
  const safe = field(name)
  return RESERVED.has(safe) ? `${safe}_` : safe
}

/** `flow_key` → `FlowKey`. */
export function pascal(name: string): string {
  const joined = name
    .split(/_+/)
    .filter((word) => word !== '')
    .map((word) => upperFirst(/^[A-Z0-9]+$/.test(word) ? word.toLowerCase() : word))
    .join('')
  return /^[A-Za-z]/.test(joined) ? joined : `T${joined}`
}

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function lowerFirst(word: string): string {
  return /^[A-Z0-9]+$/.test(word) ? word.toLowerCase() : word.charAt(0).toLowerCase() + word.slice(1)
}

/** A key of an object, quoted when it must be. */
export function key(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : `'${name.replace(/'/g, "\\'")}'`
}

/** Text in a block comment. */
export function comment(lines: readonly string[], indent = ''): string {
  const clean = lines.map((line) => line.replaceAll('*/', '*\u200b/').trim()).filter((line) => line !== '')
  if (clean.length === 0) return ''
  if (clean.length === 1) return `${indent}/** ${clean[0]} */\n`
  return `${indent}/**\n${clean.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`
}
