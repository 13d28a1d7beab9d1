import type { Policy } from '../rule/policy.js'
import { formatPath } from '../schema/define.js'
import type { Reading } from './reading/reading.js'
import type { DocumentPath } from './reading/source-document.js'

/** Who was read already: two of one identity contradict each other. */
export class Identities {
  readonly #places = new Map<string, string>()

  add(policy: Policy, path: DocumentPath, reading: Reading): void {
    const identity = policy.kind === 'network-policy' ? policy.key : `cidr-group ${policy.name}`
    const first = this.#places.get(identity)
    const place = reading.document.place(path)
    if (first === undefined) this.#places.set(identity, place ? `line ${place.line}` : formatPath(path))
    else reading.problem(path, `${identity} is there twice: here, and at ${first}`)
  }
}
