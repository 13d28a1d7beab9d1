/** Policies from YAML: who reaches whom, why one flow is denied, and what an edit would change. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createUniverse, diffMeaning, evaluate, explain, type FlowEnd, formatDiff, formatExplanation, parsePolicies } from '@axoneme/policy'
import { describe, type Result } from '@axoneme/sys'

/** Ends the example with the error's own words and what they advise. */
function done<T>(result: Result<T, { code: string; message: string }>): T {
  if (result.isOk()) return result.value
  throw new Error(describe(result.error))
}

const text = readFileSync(new URL('policies.yaml', import.meta.url), 'utf8')
const policies = done(parsePolicies(text, { file: 'policies.yaml' }))
const pods = { web: 443, api: 8080, db: 5432, batch: 9000 }
const universe = done(
  createUniverse({
    namespaces: [{ name: 'shop' }, { name: 'metrics' }],
    endpoints: [
      ...Object.keys(pods).map((app) => ({ namespace: 'shop', name: app, labels: { app } })),
      { namespace: 'metrics', name: 'collector' },
    ],
  }),
)

const sources: Record<string, FlowEnd> = { internet: { ip: '203.0.113.7' }, collector: { object: 'metrics/collector' } }
for (const app of Object.keys(pods)) sources[app] = { object: `shop/${app}` }
const verdicts = Object.entries(sources).map(([name, from]) => {
  const row = Object.entries(pods).map(([app, port]): [string, string] => {
    const { verdict } = evaluate(universe, policies, { from, to: { object: `shop/${app}` }, protocol: 'tcp', port })
    return [`${app}:${port}`, verdict]
  })
  return [name, Object.fromEntries(row)] as const
})
console.table(Object.fromEntries(verdicts))

const flow = { from: sources.batch as FlowEnd, to: { object: 'shop/db' }, protocol: 'tcp', port: 5432 } as const
console.log(formatExplanation(explain(universe, policies, flow)))

// somebody opens the database to its whole namespace; the front end is still held back by its own policy
const edited = done(parsePolicies(text.replace('{ matchLabels: { app: api } } }]', '{} }]'), { file: 'policies.yaml' }))
const diff = done(diffMeaning(universe, policies, edited))
console.log(`\n${formatDiff(diff)}`)

const matrix = Object.fromEntries(verdicts)
assert.deepEqual([matrix.web?.['api:8080'], matrix.api?.['db:5432'], matrix.batch?.['db:5432']], ['redirect', 'allow', 'deny'])
assert.equal(evaluate(universe, policies, { ...flow, from: { object: 'metrics/collector' }, port: 9100 }).verdict, 'allow')
assert.deepEqual(
  diff.groups.map(({ effect, from, traffic }) => [effect, from.endpoints, traffic[0]?.text]),
  [['opened', ['shop/batch', 'shop/db'], 'tcp 5432']],
)
