import { type AxonemeError, type Feature, type FeatureUnsupported, featureUnsupported, type Probe, type Sys } from '@axoneme/sys'

const known = new WeakMap<Sys, Map<Feature, Probe>>()

/**
 * Attempt first, probe to explain: called with the error of an attempt that failed. When the kernel lacks the feature, that is
 * the error and the errno its cause; otherwise undefined. Tried once for each kernel, unless the try could not be made.
 */
export function explainByFeature(sys: Sys, feature: Feature, cause: AxonemeError): FeatureUnsupported | undefined {
  const cache = known.get(sys) ?? new Map<Feature, Probe>()
  known.set(sys, cache)
  let probe = cache.get(feature)
  if (probe === undefined) {
    const tried = feature.probe(sys)
    // the probes of this package answer at once; another's promise is no answer to an error that is being made now
    if (tried instanceof Promise) return undefined
    probe = tried
    if (!('unknown' in probe)) cache.set(feature, probe)
  }
  return 'available' in probe && !probe.available ? featureUnsupported(feature.name, feature.since, cause) : undefined
}
