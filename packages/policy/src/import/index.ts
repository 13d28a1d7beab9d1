export type { ImportOptions, OnWarning } from './options.js'
export { parsePolicies } from './parse-policies.js'
