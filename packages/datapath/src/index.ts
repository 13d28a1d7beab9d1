export {
  type DatapathConfig,
  type DatapathSizes,
  defaultTimeouts,
  type EventSettings,
  type FlowTimeouts,
  noEvents,
} from './config.js'
export type { LayoutChanged, OpenError } from './errors.js'
export * from './generated/datapath.generated.js'
export { type Metric, metricIndex } from './metrics.js'
export { Datapath, type OpenOptions, openDatapath } from './open.js'
export type { Migration } from './pins.js'
export type { PolicyTablesError } from './policy/errors.js'
export { type PatchedTable, PolicyTables, type PolicyTablesOptions } from './policy/policy-tables.js'
export type { Pressure } from './pressure.js'
