import type { NetworkPolicyInput, Policy } from '../../rule/policy.js'
import { finishPolicy } from '../finish-policy.js'
import { type Kind, NAME_PATH } from '../kind.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import { checkShape } from '../shape/check-shape.js'
import { type AdminPortDocument, adminNetworkPolicyDocument, baselineAdminNetworkPolicyDocument } from './admin-network-policy-document.js'
import { type AdminRuleDocument, adminRules } from './admin-rules.js'
import type { SubjectDocument } from './peer-document.js'
import { podsOf } from './peers.js'
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
  { subject, ingress, egress }: { subject: SubjectDocument; ingress: Rule[]; egress: Rule[] },
  place: Pick<NetworkPolicyInput, 'key' | 'tier' | 'priority'>,
  base: DocumentPath,
  reading: Reading,
): Policy[] {
  const rules = (direction: 'ingress' | 'egress', list: Rule[]) =>
    adminRules(list, direction, 'ports', ({ ports }) => ports?.map(adminPort), base, reading)
  const policy = finishPolicy(
    {
      kind: 'network-policy',
      ...place,
      subject: reading.from([...base, 'spec', 'subject'], podsOf(subject)),
      defaultDeny: { ingress: false, egress: false },
      rules: [...rules('ingress', ingress), ...rules('egress', egress)],
      source: reading.source(base),
    },
    base,
    reading,
  )
  return policy === undefined ? [] : [policy]
}
