import { type Kind, NAME_PATH } from '../kind.js'
import { checkShape } from '../shape/check-shape.js'
import { type AdminRuleDocument, adminRules } from './admin-rules.js'
import { clusterNetworkPolicyDocument, type ProtocolDocument } from './cluster-network-policy-document.js'
import { orderedPolicy } from './ordered-policy.js'
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
    const { tier, priority } = document.spec
    const rulesOf = (direction: 'ingress' | 'egress', list: Rule[]) =>
      adminRules(list, direction, 'protocols', ({ protocols }) => protocols?.map(protocolPort), base, reading)
    const key = `ClusterNetworkPolicy ${document.metadata.name}`
    return orderedPolicy(document.spec, { key, tier: TIERS[tier], priority }, rulesOf, base, reading)
  },
}
