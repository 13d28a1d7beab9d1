import { readdirSync } from 'node:fs'
import { AttributeSet, type Codec, type MessageKind } from '../../packages/netlink/src/wire/index.js'

/** Everything that the modules of a folder export, by name; types are gone by now. */
export async function exportsOf(...folders: readonly string[]): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>()
  for (const folder of folders) {
    const url = new URL(`../../packages/${folder}/`, import.meta.url)
    for (const file of readdirSync(url)) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file === 'scripted-kernel.ts') continue
      const module = (await import(/* @vite-ignore */ new URL(file, url).pathname)) as Record<string, unknown>
      for (const [name, value] of Object.entries(module)) all.set(name, value)
    }
  }
  return all
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export const isCodec = (value: unknown): value is Codec<any, any> =>
  isObject(value) && typeof value.read === 'function' && typeof value.write === 'function'

export const isKind = (value: unknown): value is MessageKind =>
  isObject(value) && isObject(value.types) && isObject(value.header) && value.attributes instanceof AttributeSet

/** An option form: the wire's form and the people's. */
export interface Form {
  readonly wire: Codec<any, any>
  fromWire(value: unknown): unknown
}
export const isForm = (value: unknown): value is Form => isObject(value) && isCodec(value.wire) && typeof value.fromWire === 'function'

export interface Found {
  readonly codecs: Map<string, Codec<any, any>>
  readonly kinds: Map<string, MessageKind>
  readonly forms: Map<string, Form>
}

/** What decodes in what is exported: on its own, in records of kinds, in the rows of tables, however deep. */
export function decodersIn(all: ReadonlyMap<string, unknown>): Found {
  const found: Found = { codecs: new Map(), kinds: new Map(), forms: new Map() }
  const seen = new Set<unknown>()
  const visit = (path: string, value: unknown): void => {
    if (!isObject(value) || seen.has(value)) return
    seen.add(value)
    if (isKind(value)) found.kinds.set(value.name, value)
    else if (isForm(value)) found.forms.set(path, value)
    else if (isCodec(value)) found.codecs.set(path, value)
    if (value instanceof AttributeSet)
      for (const [name, row] of Object.entries((value as AttributeSet).table)) visit(`${path}.${name}`, row.codec)
    else if (!isCodec(value)) for (const [name, inner] of Object.entries(value)) visit(`${path}.${name}`, inner)
  }
  for (const [name, value] of all) visit(name, value)
  return found
}

/** Names of functions that decode: each must have a target, or the fuzzer says so. */
export const decodes = (name: string, value: unknown): boolean =>
  typeof value === 'function' &&
  !/^class\b/.test(Function.prototype.toString.call(value)) &&
  /^(read[A-Z]|parse|decode|frames$)|(View|[pP]ath)$/.test(name) &&
  name !== 'givenPath'
