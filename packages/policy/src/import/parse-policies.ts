import { Err, inputInvalid, Ok, type Result } from '@axoneme/sys/values'
import { type PolicyError, type PolicyProblem, policyInvalid } from '../errors.js'
import type { Policy } from '../rule/policy.js'
import { Identities } from './identities.js'
import { type Item, itemsOf } from './items.js'
import { kindOf } from './kinds.js'
import { type ImportOptions, type Settings, settle } from './options.js'
import { atPath } from './reading/at-path.js'
import { plainData } from './reading/plain.js'
import { readText } from './reading/read-text.js'
import { Reading } from './reading/reading.js'
import { type SourceDocument, withoutText } from './reading/source-document.js'

/**
 * The policies and groups of address blocks in YAML or JSON, or in data that was parsed already: of Kubernetes (NetworkPolicy, the admin
 * and cluster-wide ones), of Cilium, and our own nodes. All that is wrong is told at once; nothing is passed over in silence.
 *
 * @errors policy.malformed · policy.invalid · input.invalid
 */
export function parsePolicies(input: string | object, options: ImportOptions = {}): Result<Policy[], PolicyError> {
  const settings = settle(options)
  if (settings.isErr()) return Err(settings.error)
  if (typeof input !== 'string' && (typeof input !== 'object' || input === null))
    return Err(inputInvalid('input', 'is neither text nor an object nor a list of objects'))
  if (typeof input !== 'string') return policiesOf([withoutText(input)], settings.value)
  const documents = readText(input, settings.value.file)
  return documents.isErr() ? Err(documents.error) : policiesOf(documents.value, settings.value)
}

function policiesOf(documents: readonly SourceDocument[], settings: Settings): Result<Policy[], PolicyError> {
  const policies: Policy[] = []
  const problems: PolicyProblem[] = []
  const identities = new Identities()
  for (const document of documents) {
    const reading = new Reading(document, settings)
    const value = plainData(reading)
    if (value !== undefined)
      for (const item of itemsOf(value, reading)) {
        const read = policiesOfItem(item, reading)
        for (const policy of read.policies) identities.add(policy, [...item.path, ...read.identity], reading)
        policies.push(...read.policies)
      }
    problems.push(...reading.problems)
  }
  return problems.length === 0 ? Ok(policies) : Err(policyInvalid(problems.sort(byPlace)))
}

function byPlace(one: PolicyProblem, other: PolicyProblem): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)
}

function policiesOfItem(
  { kind, apiVersion, value, path }: Item,
  reading: Reading,
): { policies: Policy[]; identity: readonly (string | number)[] } {
  const known = kindOf(kind, apiVersion)
  if (typeof known !== 'string') {
    const namespace = [...path, 'metadata', 'namespace']
    if (!known.namespaced && atPath(value, ['metadata', 'namespace']) !== undefined)
      reading.warn(namespace, `no effect: a ${kind} is of the whole cluster`)
    return { policies: known.read(value, path, reading), identity: known.identity }
  }
  if (reading.settings.unknownKinds === 'error') reading.problem([...path, 'kind'], known)
  else reading.warn([...path, 'kind'], `left out: ${known}`)
  return { policies: [], identity: [] }
}
