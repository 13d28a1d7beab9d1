import { Err, type InputInvalid, inputInvalid, Ok, type Result } from '@axoneme/sys/values'
import type { PolicyProblem } from '../errors.js'

/** Is told what was read and has no effect, or was left out at the caller's wish. */
export type OnWarning = (problem: PolicyProblem) => void

interface Common {
  /** what problems and sources call the text */
  readonly file?: string
  /** of namespaced objects that name none; absent: `default` */
  readonly namespace?: string
}

/** What is not understood is an error. */
interface Strict {
  readonly unknownFields?: 'error'
  readonly unknownKinds?: 'error'
  readonly onWarning?: OnWarning
}

/** What is not understood is left out, and somebody is told: there is no way to leave it out in silence. */
interface Lenient {
  readonly unknownFields?: 'error' | 'warning'
  readonly unknownKinds?: 'error' | 'skip-with-warning'
  readonly onWarning: OnWarning
}

export type ImportOptions = Common & (Strict | Lenient)

/** The options with nothing left open. */
export interface Settings {
  readonly file: string | undefined
  readonly namespace: string
  readonly unknownFields: 'error' | 'warning'
  readonly unknownKinds: 'error' | 'skip-with-warning'
  readonly onWarning: OnWarning
}

/** @errors input.invalid */
export function settle(options: ImportOptions): Result<Settings, InputInvalid> {
  const { file, namespace = 'default', unknownFields = 'error', unknownKinds = 'error', onWarning } = options
  if (file !== undefined && typeof file !== 'string') return Err(inputInvalid('file', 'is no text'))
  if (typeof namespace !== 'string' || namespace === '') return Err(inputInvalid('namespace', 'is no name'))
  if (unknownFields !== 'error' && unknownFields !== 'warning') return Err(inputInvalid('unknownFields', 'is neither error nor warning'))
  if (unknownKinds !== 'error' && unknownKinds !== 'skip-with-warning')
    return Err(inputInvalid('unknownKinds', 'is neither error nor skip-with-warning'))
  if (onWarning !== undefined && typeof onWarning !== 'function') return Err(inputInvalid('onWarning', 'is no function'))
  if (onWarning === undefined && (unknownFields === 'warning' || unknownKinds === 'skip-with-warning'))
    return Err(inputInvalid('onWarning', 'is missing: what is left out must be told to somebody', 'Give a function of one problem.'))
  return Ok({ file, namespace, unknownFields, unknownKinds, onWarning: onWarning ?? (() => undefined) })
}
