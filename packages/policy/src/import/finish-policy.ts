import { deepFreeze } from '../rule/freeze.js'
import { type NetworkPolicy, type NetworkPolicyInput, networkPolicySchema } from '../rule/policy.js'
import { atPath } from './reading/at-path.js'
import type { Reading } from './reading/reading.js'
import type { DocumentPath } from './reading/source-document.js'
import { documentPath } from './shape/check-shape.js'
import { wording } from './shape/wording.js'

/** The node checked and frozen; undefined when it is none, which was told at the place in the document that it came from. */
export function finishPolicy(input: NetworkPolicyInput, base: DocumentPath, reading: Reading): NetworkPolicy | undefined {
  const parsed = networkPolicySchema.safeParse(input, { error: wording })
  if (parsed.success) return deepFreeze(parsed.data)
  for (const { path, message } of parsed.error.issues) reading.problem(originOf(input, documentPath(path), base, reading), message)
  return undefined
}

/** From the innermost node on the path whose origin is known, as far as the document goes along with the rest of the path. */
function originOf(input: object, path: DocumentPath, base: DocumentPath, reading: Reading): DocumentPath {
  let origin = base
  let rest: DocumentPath = []
  for (let length = 1; length <= path.length; length++) {
    const node = atPath(input, path.slice(0, length))
    const known = typeof node === 'object' && node !== null ? reading.originOf(node) : undefined
    if (known === undefined) continue
    origin = known
    rest = path.slice(length)
  }
  for (const part of rest) {
    const next = [...origin, part]
    if (atPath(reading.document.value, next) === undefined) break
    origin = next
  }
  return origin
}
