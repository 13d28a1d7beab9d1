import type { NetworkPolicyInput, Policy } from '../../rule/policy.js'
import { finishPolicy } from '../finish-policy.js'
import type { RuleInput } from '../node-inputs.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import type { SubjectDocument } from './peer-document.js'
import { podsOf } from './peers.js'

/** A policy of a tier that is ordered inside: it closes nothing. `rulesOf` reads a direction's rules, each kind in its own words. */
export function orderedPolicy<R>(
  { subject, ingress, egress }: { subject: SubjectDocument; ingress: R[]; egress: R[] },
  place: Pick<NetworkPolicyInput, 'key' | 'tier' | 'priority'>,
  rulesOf: (direction: 'ingress' | 'egress', list: R[]) => RuleInput[],
  base: DocumentPath,
  reading: Reading,
): Policy[] {
  const policy = finishPolicy(
    {
      kind: 'network-policy',
      ...place,
      subject: reading.from([...base, 'spec', 'subject'], podsOf(subject)),
      defaultDeny: { ingress: false, egress: false },
      rules: [...rulesOf('ingress', ingress), ...rulesOf('egress', egress)],
      source: reading.source(base),
    },
    base,
    reading,
  )
  return policy === undefined ? [] : [policy]
}
