import { Err, Ok, type Result } from '@axoneme/sys/values'
import { Composer, type CST, type Document, isAlias, LineCounter, Parser, visit } from 'yaml'
import { type PolicyMalformed, type PolicyProblem, policyMalformed } from '../../errors.js'
import { MAX_NESTING, tooDeep } from './nesting.js'
import type { SourceDocument } from './source-document.js'
import { placeAt, placeOf, placeOfKey } from './yaml-place.js'

/** How often what aliases name may be repeated in all: beyond, a short text would unfold into an endless one. */
const MAX_ALIAS_COUNT = 100

/**
 * The documents of a text in YAML 1.2, of which JSON is a part; empty documents are left out.
 *
 * @errors policy.malformed
 */
export function readText(text: string, file: string | undefined): Result<SourceDocument[], PolicyMalformed> {
  const lines = new LineCounter()
  const problems: PolicyProblem[] = []
  const report = (offset: number, message: string): void => {
    problems.push({ ...(file === undefined ? {} : { file }), ...placeAt(lines, offset), path: '', message })
  }
  const tokens: CST.Token[] = Array.from(new Parser(lines.addNewLine).parse(text))
  const deep = tooDeep(tokens)
  if (deep !== undefined) {
    report(deep, `nested more than ${MAX_NESTING} deep`)
    return Err(policyMalformed(problems))
  }
  const composer = new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: true, prettyErrors: false, logLevel: 'error' })
  const documents: SourceDocument[] = []
  for (const document of composer.compose(tokens, false, text.length)) {
    // a warning is a tag or directive that would be passed over: its author meant something by it
    for (const { pos, message } of [...document.errors, ...document.warnings]) report(pos[0], message)
    if (document.contents === null || problems.length > 0) continue
    const value = plainOf(document, report)
    if (value === null || value === undefined) continue
    documents.push({
      value,
      place: (path) => placeOf(document, lines, path),
      placeOfKey: (path) => placeOfKey(document, lines, path),
    })
  }
  return problems.length === 0 ? Ok(documents) : Err(policyMalformed(problems))
}

/** The library throws for aliases alone: one without an anchor, or ones that unfold without end. */
function plainOf(document: Document, report: (offset: number, message: string) => void): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIAS_COUNT })
  } catch (reason) {
    report(aliasToBlame(document) ?? document.range?.[0] ?? 0, reason instanceof Error ? reason.message : 'an alias cannot be followed')
    return undefined
  }
}

function aliasToBlame(document: Document): number | undefined {
  let blamed: number | undefined
  visit(document, {
    Alias(_, alias) {
      if (!isAlias(alias) || alias.resolve(document) !== undefined) return undefined
      blamed = alias.range?.[0]
      return visit.BREAK
    },
  })
  return blamed
}
