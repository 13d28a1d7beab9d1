import type { Feature } from '@axoneme/sys'
import { attachFeatures } from './attach.js'
import { btfFeatures } from './btf-kinds.js'
import { helperFeatures } from './helpers.js'
import { mapTypeFeatures } from './map-types.js'
import { otherFeatures } from './other.js'
import { programTypeFeatures } from './program-types.js'

export { probeHelper } from './helpers.js'

/** Every feature that is reached through bpf(2), each probed by trying it. */
export const bpfFeatures: readonly Feature[] = [
  ...programTypeFeatures,
  ...mapTypeFeatures,
  ...helperFeatures,
  ...Object.values(attachFeatures),
  ...Object.values(otherFeatures),
  ...btfFeatures,
]
