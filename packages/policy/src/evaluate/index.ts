export { evaluate } from './evaluate.js'
export type { Flow } from './flow.js'
export type { Answer, Decision, Reason, Redirect, Verdict } from './verdict.js'
