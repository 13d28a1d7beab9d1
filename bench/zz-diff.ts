import { createUniverse } from '/work/main/packages/policy/src/index.js'
import { diffMeaning, formatDiff } from '/work/main/packages/policy/src/diff/index.js'
import { clusterOf, policyAt } from '/work/main/bench/policy-cluster.js'
const [n,p,how]=[Number(process.argv[2]),Number(process.argv[3]),process.argv[4]]
const universe = createUniverse(clusterOf(n, n)).unwrap()
const policies = Array.from({ length: p }, (_, i) => policyAt(i, n))
const after = how==='edit' ? policies.map((q, at) => at === 3 ? { ...q, rules: q.rules.slice(1) } : q) : []
for(let i=0;i<(how==='edit'?6:1);i++){
  const t = performance.now()
  const d = diffMeaning(universe, policies, after as any).unwrap()
  console.log(Math.round(performance.now() - t), 'ms', d.groups.length)
}
