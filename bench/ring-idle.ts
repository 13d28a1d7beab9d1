/**
 * A process of its own that waits for records which do not come: prints what of one CPU it used meanwhile, in per cent.
 * With `without` it waits for nothing: what the engine itself uses.
 */
import { MapHandle, openRingBuffer } from '@axoneme/bpf'
import { linux } from '@axoneme/sys/linux'

const SETTLE_MS = 1500
const IDLE_MS = 8000

const sys = linux().unwrap()
const handle = MapHandle.create(sys, { name: 'idle', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 16 << 20 }).unwrap()
const events = openRingBuffer(handle).unwrap()
const reader = process.argv[2] === 'without' ? undefined : events.read(() => {}).unwrap()
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
// the engine is busy with its own start for a while
await sleep(SETTLE_MS)
const before = process.cpuUsage()
await sleep(IDLE_MS)
const { user, system } = process.cpuUsage(before)
console.log(((user + system) / (IDLE_MS * 1000)) * 100)
reader?.stop()
events.close()
