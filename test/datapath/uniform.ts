import { type Datapath, DecisionFlags, Verdict } from '@axoneme/datapath'

/** Tables that say one thing of everybody and everything; their numbers. */
export const tables = { deny: 0, allow: 1, denyByRule: 2, denyByDefault: 3, redirect: 4, audit: 5, auth: 6 } as const
export type TableName = keyof typeof tables
/** numbers of decisions are those of the tables */
const decisions: Readonly<Record<Exclude<TableName, 'deny'>, { verdict: number; flags: number; listener: number }>> = {
  allow: { verdict: Verdict.AXM_VERDICT_ALLOW, flags: 0, listener: 0 },
  denyByRule: { verdict: Verdict.AXM_VERDICT_DENY, flags: DecisionFlags.AXM_DECISION_BY_RULE, listener: 0 },
  denyByDefault: { verdict: Verdict.AXM_VERDICT_DENY, flags: 0, listener: 0 },
  redirect: { verdict: Verdict.AXM_VERDICT_REDIRECT, flags: 0, listener: 7 },
  audit: { verdict: Verdict.AXM_VERDICT_AUDIT, flags: 0, listener: 0 },
  auth: { verdict: Verdict.AXM_VERDICT_ALLOW, flags: DecisionFlags.AXM_DECISION_AUTH, listener: 0 },
}

/** Writes them all. */
export function writeUniformTables({ maps }: Datapath): void {
  for (const [name, number] of Object.entries(tables)) {
    if (number === 0) continue
    maps.decisions.update(number, { ...decisions[name as 'allow'] } as never).unwrap()
    maps.chunks.update(number, { number: Array.from({ length: 32 }, () => number) }).unwrap()
    maps.rows.update(number, number).unwrap()
    maps.tables
      .update(number, {
        rows: number,
        rowCount: 1,
        stride: 1,
        directory: [0, 0, 0, 0, 0, 0],
        scopeRow: [0, 0, 0, 0, 0],
        peers: 0,
        peerChunks: 0,
      } as never)
      .unwrap()
  }
}
