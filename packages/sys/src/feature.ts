import type { Sys } from './sys.js'

/** What a try showed. `unknown`: the try itself could not be made (no permission, say), and is made again next time. */
export type Probe = { readonly available: true } | { readonly available: false; readonly reason: string } | { readonly unknown: string }

/** Something that a kernel has or lacks. */
export interface Feature {
  readonly name: string
  /** the first Linux version that has it */
  readonly since: string
  readonly summary: string
  /** what is used when it is absent */
  readonly insteadOf: string
  /** tries it, and leaves nothing behind */
  probe(sys: Sys): Probe | Promise<Probe>
}

/** One row of the report. */
export interface FeatureRow {
  readonly feature: string
  readonly summary: string
  readonly available: 'yes' | 'no' | 'unknown'
  readonly since: string
  readonly reason?: string
  /** what is used instead, when it is not available */
  readonly instead?: string
}

export type FeatureReport = readonly FeatureRow[]

const known = new WeakMap<Sys, Map<Feature, Probe>>()

/** What a feature's probe shows; tried once for each kernel, unless the try could not be made. */
export async function probeFeature(sys: Sys, feature: Feature): Promise<Probe> {
  const cache = known.get(sys) ?? new Map<Feature, Probe>()
  known.set(sys, cache)
  const before = cache.get(feature)
  if (before !== undefined) return before
  const probe = await feature.probe(sys)
  if (!('unknown' in probe)) cache.set(feature, probe)
  return probe
}

/** Probes features one after the other: a row for each, in their order. */
export async function probeFeatures(sys: Sys, features: readonly Feature[]): Promise<FeatureReport> {
  const rows: FeatureRow[] = []
  for (const feature of features) {
    const probe = await probeFeature(sys, feature)
    const about = { feature: feature.name, summary: feature.summary, since: feature.since }
    if ('unknown' in probe) rows.push({ ...about, available: 'unknown', reason: probe.unknown, instead: feature.insteadOf })
    else if (probe.available) rows.push({ ...about, available: 'yes' })
    else rows.push({ ...about, available: 'no', reason: probe.reason, instead: feature.insteadOf })
  }
  return rows
}

/** The report as a table for people: feature, available, since, what is used instead. */
export function renderReport(report: FeatureReport): string {
  const table = [
    ['feature', 'available', 'since', 'used instead'],
    ...report.map(({ feature, available, since, instead }) => [feature, available, since, instead ?? '']),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] as string).length)))
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
