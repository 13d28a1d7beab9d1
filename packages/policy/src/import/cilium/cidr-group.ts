import { z } from 'zod'
import { deepFreeze } from '../../rule/freeze.js'
import { cidrGroupSchema } from '../../rule/policy.js'
import { type Kind, NAME_PATH } from '../kind.js'
import { checkShape } from '../shape/check-shape.js'
import { metadataShape, specShape } from '../shape/object-document.js'
import { prefixOrAddressText } from '../shape/prefix-text.js'

/** Source: Cilium API, cilium.io/v2: CiliumCIDRGroup. Its labels are what selectors of groups look at. */
const document = specShape(z.strictObject({ externalCIDRs: z.array(prefixOrAddressText) })).extend({
  metadata: metadataShape.extend({ labels: z.record(z.string(), z.string()).optional() }),
})

export const ciliumCidrGroup: Kind = {
  apiVersions: ['cilium.io/v2', 'cilium.io/v2alpha1'],
  kind: 'CiliumCIDRGroup',
  namespaced: false,
  identity: NAME_PATH,
  read(value, base, reading) {
    const group = checkShape(document, value, base, reading)
    if (group === undefined) return []
    const { name, labels = {} } = group.metadata
    const node = { kind: 'cidr-group', name, labels, cidrs: group.spec.externalCIDRs, source: reading.source(base) }
    const made = checkShape(cidrGroupSchema, node, base, reading)
    return made === undefined ? [] : [deepFreeze(made)]
  },
}
