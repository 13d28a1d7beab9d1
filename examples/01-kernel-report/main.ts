/** What the running kernel has of what axoneme uses, each feature found out by trying it. */
import assert from 'node:assert/strict'
import { release } from 'node:os'
import { bpfFeatures } from '@axoneme/bpf'
import { netlinkFeatures } from '@axoneme/netlink'
import { describe, kernelFeatures, probeFeatures, renderReport } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'

const sys = linux()
if (sys.isErr()) {
  console.error(describe(sys.error))
  process.exit(1)
}
const report = await probeFeatures(sys.value, [...kernelFeatures, ...netlinkFeatures, ...bpfFeatures])
console.log(`Linux ${release()}\n`)
console.log(renderReport(report))
for (const { available, feature, reason } of report) if (available === 'unknown') console.log(`\n${feature}: unknown, for ${reason}`)
assert.equal(report.length, kernelFeatures.length + netlinkFeatures.length + bpfFeatures.length)
