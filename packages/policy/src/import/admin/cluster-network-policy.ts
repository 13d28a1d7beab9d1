import { finishPolicy } from '../finish-policy.js'
import { type Kind, NAME_PATH } from '../kind.js'
import { checkShape } from '../shape/check-shape.js'
import { type AdminRuleDocument, adminRules } from './admin-rules.js'
import { clusterNetworkPolicyDocument, type ProtocolDocument } from './cluster-network-policy-document.js'
import { podsOf } from './peers.js'
import { protocolPort } from './ports.js'

const TIERS = { Admin: 'admin', Baseline: 'baseline' } as const

type Rule = AdminRuleDocument & { protocols?: ProtocolDocument[] | undefined }

/** What became of the admin policies: one kind for both tiers. */
export const clusterNetworkPolicy: Kind = {
  // the later version differs in nothing that is read here
  apiVersions: ['policy.networking.k8s.io/v1alpha2', 'policy.networking.k8s.io/v1beta1'],
  kind: 'ClusterNetworkPolicy',
  namespaced: false,
  identity: NAME_PATH,
  read(value, base, reading) {
    const document = checkShape(clusterNetworkPolicyDocument, value, base, reading)
    if (document === undefined) return []
    const { tier, priority, subject, ingress, egress } = document.spec
    const rules = (direction: 'ingress' | 'egress', list: Rule[]) =>
      adminRules(list, direction, 'protocols', ({ protocols }) => protocols?.map(protocolPort), base, reading)
    const policy = finishPolicy(
      {
        kind: 'network-policy',
        key: `ClusterNetworkPolicy ${document.metadata.name}`,
        tier: TIERS[tier],
        priority,
        subject: reading.from([...base, 'spec', 'subject'], podsOf(subject)),
        defaultDeny: { ingress: false, egress: false },
        rules: [...rules('ingress', ingress), ...rules('egress', egress)],
        source: reading.source(base),
      },
      base,
      reading,
    )
    return policy === undefined ? [] : [policy]
  },
}
