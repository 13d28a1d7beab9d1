import type { NetworkPolicyInput, Policy } from '../../rule/policy.js'
import { type Kind, NAME_PATH } from '../kind.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import { checkShape } from '../shape/check-shape.js'
import { type AdminPortDocument, adminNetworkPolicyDocument, baselineAdminNetworkPolicyDocument } from './admin-network-policy-document.js'
import { type AdminRuleDocument, adminRules } from './admin-rules.js'
import { orderedPolicy } from './ordered-policy.js'
import type { SubjectDocument } from './peer-document.js'
import { adminPort } from './ports.js'

const apiVersions = ['policy.networking.k8s.io/v1alpha1']

export const adminNetworkPolicy: Kind = {
  apiVersions,
  kind: 'AdminNetworkPolicy',
  namespaced: false,
  identity: NAME_PATH,
  read(value, base, reading) {
    const document = checkShape(adminNetworkPolicyDocument, value, base, reading)
    if (document === undefined) return []
    const { priority } = document.spec
    return policyOf(document.spec, { key: `AdminNetworkPolicy ${document.metadata.name}`, tier: 'admin', priority }, base, reading)
  },
}

export const baselineAdminNetworkPolicy: Kind = {
  apiVersions,
  kind: 'BaselineAdminNetworkPolicy',
  namespaced: false,
  identity: NAME_PATH,
  read(value, base, reading) {
    const document = checkShape(baselineAdminNetworkPolicyDocument, value, base, reading)
    if (document === undefined) return []
    return policyOf(
      document.spec,
      { key: `BaselineAdminNetworkPolicy ${document.metadata.name}`, tier: 'baseline', priority: 0 },
      base,
      reading,
    )
  },
}

type Rule = AdminRuleDocument & { ports?: AdminPortDocument[] | undefined }

function policyOf(
  spec: { subject: SubjectDocument; ingress: Rule[]; egress: Rule[] },
  place: Pick<NetworkPolicyInput, 'key' | 'tier' | 'priority'>,
  base: DocumentPath,
  reading: Reading,
): Policy[] {
  const rulesOf = (direction: 'ingress' | 'egress', list: Rule[]) =>
    adminRules(list, direction, 'ports', ({ ports }) => ports?.map(adminPort), base, reading)
  return orderedPolicy(spec, place, rulesOf, base, reading)
}
