import { byText } from '../rule/by-text.js'
import { parseLabelKey } from '../rule/label.js'
import type { LabelSelector, Requirement } from '../rule/selector.js'
import type { NamespaceMatch } from '../rule/subject.js'
import { distinct, sortedEntries } from './order.js'

/**
 * The same selector, written one way: `In` with one value is a label, `any:` is left out, labels, expressions and values are in order and
 * once each. What contradicts itself keeps doing so.
 */
export function normaliseSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector {
  const labels = new Map(Object.entries(matchLabels).map(([key, value]) => [normaliseKey(key), [value]]))
  // `app` and `any:app` are one key that may have been given two values
  const more = Object.entries(matchLabels).filter(([key, value]) => labels.get(normaliseKey(key))?.[0] !== value)
  const expressions: Requirement[] = more.map(([key, value]) => ({ key: normaliseKey(key), operator: 'In', values: [value] }))
  for (const { key: given, operator, values } of matchExpressions) {
    const key = normaliseKey(given)
    const [only, ...others] = distinct([...(values ?? [])].sort(byText))
    const there = labels.get(key)?.[0]
    if (operator === 'In' && only !== undefined && others.length === 0 && (there === undefined || there === only)) labels.set(key, [only])
    else expressions.push({ key, operator, ...(only === undefined ? {} : { values: [only, ...others] }) })
  }
  const ordered = distinct(expressions).sort((a, b) => byText(a.key, b.key) || byText(JSON.stringify(a), JSON.stringify(b)))
  return {
    ...(labels.size === 0 ? {} : { matchLabels: sortedEntries([...labels].map(([key, [value]]) => [key, value as string])) }),
    ...(ordered.length === 0 ? {} : { matchExpressions: ordered }),
  }
}

function normaliseKey(text: string): string {
  const { source, key } = parseLabelKey(text, 'any')
  const bare = parseLabelKey(key, 'any')
  // what would be read as a source by itself keeps its `any:`
  return source === 'any' && bare.key === key ? key : text
}

/** Namespaces whose empty selector, which asks nothing, is left out. */
export function normaliseNamespaces({ names, selector }: NamespaceMatch): NamespaceMatch {
  const labels = selector === undefined ? {} : normaliseSelector(selector)
  return {
    ...(names === undefined ? {} : { names: normaliseNames(names) }),
    ...(Object.keys(labels).length === 0 ? {} : { selector: labels }),
  }
}

export function normaliseNames(names: readonly string[]): string[] {
  return distinct([...names].sort(byText))
}

/** Selectors that must all hold: without those that always do. */
export function normaliseRequired(requires: readonly LabelSelector[]): LabelSelector[] {
  return distinct(requires.map(normaliseSelector).filter((selector) => Object.keys(selector).length > 0)).sort((a, b) =>
    byText(JSON.stringify(a), JSON.stringify(b)),
  )
}
