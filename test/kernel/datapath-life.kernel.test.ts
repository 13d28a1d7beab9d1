import { expect } from 'vitest'
import { IFINDEX } from '../datapath/cast.js'
import { paths, type Row, rows } from '../datapath/life.js'
import { judged, send } from '../datapath/life-kit.js'
import { Links, World } from '../datapath/world.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

/** The rows' lines that differ. */
function run(world: World, { name, policies, before, sight, fate, leaves }: Row): string[] {
  world.forget()
  for (const policy of policies) world.policy(...policy)
  for (const each of before) send(world, each)
  const differs = judged(world, name, sight, fate)
  if (leaves === undefined || differs.length > 0 || fate.frame === undefined) return differs
  // what was delivered to a link goes out of it
  const next = { hook: 'toContainer', layers: fate.frame, push: { ifindex: IFINDEX[leaves] } } as const
  return judged(world, `${name}, then at its link`, next, { what: 'ok FORWARD_LOCAL' })
}

for (const path of paths)
  kernelTest(`datapath life > ${path.name}`, { needs: [], timeoutMs: 30_000 }, async () => {
    using links = new Links(sys)
    using world = new World(sys, links)
    // under emulation a row takes some fifteen times as long, and what differs between kernels is not in the combinations
    const table = rows(path).filter((_, at) => process.env.VMRUN === undefined || at % 9 === 0)
    const differ = table.flatMap((row) => run(world, row))
    expect(differ, `${differ.length} of ${table.length} rows differ`).toEqual([])
  })
