import type { AxonemeError, InputInvalid } from '@axoneme/sys/values'

/** One thing that is wrong in a document. */
export interface PolicyProblem {
  readonly file?: string
  /** counted from 1; absent where no text was read */
  readonly line?: number
  readonly column?: number
  /** `spec.ingress[0].from[1].ipBlock.cidr`; '' is the document */
  readonly path: string
  readonly message: string
}

/** The text is not YAML or JSON. */
export interface PolicyMalformed extends AxonemeError<'policy.malformed'> {
  readonly problems: readonly PolicyProblem[]
}

/** Documents that are read, and are not policies that can be meant. `message` is the first problem. */
export interface PolicyInvalid extends AxonemeError<'policy.invalid'> {
  readonly problems: readonly PolicyProblem[]
}

/** A policy set would not fit the datapath's tables; nothing was changed. */
export interface PolicyCapacity extends AxonemeError<'policy.capacity'> {
  readonly limit: 'ports' | 'port-classes' | 'peers' | 'peer-classes' | 'rules' | 'listeners' | 'sets'
  readonly allowed: number
  readonly needed: number
  /** endpoints that the set is for */
  readonly endpoints: readonly string[]
  /** the rules that take the most, the worst first */
  readonly blame: readonly { readonly rule: string; readonly entries: number; readonly source?: string }[]
}

/** Endpoints of one identity differ in what a rule looks at: their verdicts could not be told apart. */
export interface PolicyAmbiguousIdentity extends AxonemeError<'policy.ambiguous-identity'> {
  readonly identity: number
  readonly prefix: string
}

export type PolicyError = InputInvalid | PolicyMalformed | PolicyInvalid | PolicyCapacity | PolicyAmbiguousIdentity

/** `policies.yaml:12:5 spec.ingress: …` */
export function formatProblem({ file, line, column, path, message }: PolicyProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return `${place}${place === '' ? '' : ' '}${path}${path === '' ? '' : ': '}${message}`
}

export function policyMalformed(problems: readonly PolicyProblem[]): PolicyMalformed {
  return Object.freeze({ code: 'policy.malformed', message: summary(problems), problems: Object.freeze([...problems]) })
}

export function policyInvalid(problems: readonly PolicyProblem[]): PolicyInvalid {
  return Object.freeze({ code: 'policy.invalid', message: summary(problems), problems: Object.freeze([...problems]) })
}

function summary([first, ...others]: readonly PolicyProblem[]): string {
  const text = first === undefined ? 'nothing is said to be wrong' : formatProblem(first)
  return others.length === 0 ? text : `${text} (and ${others.length} more)`
}
