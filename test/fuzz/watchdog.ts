import { Worker } from 'node:worker_threads'

const LONGEST = 1 << 17
/** A decoder that is at one input for so long will never be done. */
const PATIENCE_MS = 20_000

/** Runs beside: says which input it was, and ends the process, for nothing else can stop a loop without an end. */
const code = `
const { workerData } = require('node:worker_threads')
const { writeSync } = require('node:fs')
const numbers = new Int32Array(workerData.shared, 0, 2)
let last = -1
let since = Date.now()
setInterval(() => {
  const count = Atomics.load(numbers, 0)
  if (count !== last || count === 0) { last = count; since = Date.now(); return }
  if (Date.now() - since < workerData.patienceMs) return
  const length = Atomics.load(numbers, 1)
  const [nameLength] = new Uint8Array(workerData.shared, 8, 1)
  const name = Buffer.from(workerData.shared, 9, nameLength).toString()
  const input = Buffer.from(workerData.shared, 264, length).toString('hex')
  writeSync(2, name + ' does not come to an end. Keep the input: test/fuzz/corpus/NAME.hex\\n# target: ' + name + '\\n# WHAT WAS WRONG\\n' + input + '\\n')
  process.kill(process.pid, 'SIGKILL')
}, 1000)
`

/** Told of each input before it is tried. */
export interface Watchdog {
  trying(target: string, input: Uint8Array): void
  /** nothing is being tried */
  resting(): void
  end(): Promise<void>
}

function started(): Watchdog {
  const shared = new SharedArrayBuffer(LONGEST + 264)
  const numbers = new Int32Array(shared, 0, 2)
  const bytes = new Uint8Array(shared)
  const worker = new Worker(code, { eval: true, workerData: { shared, patienceMs: PATIENCE_MS } })
  worker.unref()
  let named = ''
  let count = 0
  return {
    trying(target, input) {
      if (target !== named) {
        named = target
        const name = new TextEncoder().encode(target).subarray(0, 255)
        bytes[8] = name.length
        bytes.set(name, 9)
      }
      bytes.set(input.subarray(0, LONGEST), 264)
      numbers[1] = Math.min(input.length, LONGEST)
      count = count === 0x7fff_ffff ? 1 : count + 1
      Atomics.store(numbers, 0, count)
    },
    resting() {
      count = 0
      Atomics.store(numbers, 0, 0)
    },
    async end() {
      await worker.terminate()
    },
  }
}

export const watchdog: Watchdog = started()
