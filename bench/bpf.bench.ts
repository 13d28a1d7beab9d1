import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Codec,
  type HashMap,
  kernelBtfTypes,
  loadCollection,
  MapHandle,
  openHashMap,
  parseObject,
  readU32,
  readU64,
  writeU32,
  writeU64,
} from '@axoneme/bpf'
import { linux } from '@axoneme/sys/linux'
// @ts-expect-error a script of Node's own, without declarations
import { build, objects } from '../test/bpf/build.mjs'
import { type Row, rows } from './harness.js'
import { ringRows } from './ring-buffer.js'

/**
 * Maps, loading and types against a C program on libbpf that does the same in the same run: it measures itself, so that its start is
 * not in the figures. Hash maps of 4-byte keys and 16-byte values.
 */
build()
const sys = linux().unwrap()
const peer = (...args: string[]) => ({
  name: 'C on libbpf',
  run: async () => Number(execFileSync(join(objects, 'measure'), args, { encoding: 'utf8' })),
})

interface Counters {
  readonly packets: bigint
  readonly first: number
  readonly second: number
}
const counters: Codec<Counters> = {
  sizeBytes: 16,
  read: (bytes, at) => ({ packets: readU64(bytes, at), first: readU32(bytes, at + 8), second: readU32(bytes, at + 12) }),
  write(value, bytes, at) {
    writeU64(bytes, at, value.packets)
    writeU32(bytes, at + 8, value.first)
    writeU32(bytes, at + 12, value.second)
  },
}
const number: Codec<number> = { sizeBytes: 4, read: readU32, write: (value, bytes, at) => writeU32(bytes, at, value) }

function table(maxEntries: number): HashMap<number, Counters> {
  const handle = MapHandle.create(sys, { name: 'bench', type: 'hash', keySize: 4, valueSize: 16, maxEntries }).unwrap()
  return openHashMap(handle, { key: number, value: counters }).unwrap()
}

function timed(work: () => void): number {
  const begun = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - begun) / 1e6
}

/** ready bytes: keys 0, 1, 2 … */
function ready(count: number): { keys: Uint8Array; values: Uint8Array } {
  const keys = new Uint8Array(Uint32Array.from({ length: count }, (_, index) => index).buffer)
  const values = new Uint8Array(count * 16)
  for (let index = 0; index < count; index++) writeU32(values, index * 16, index)
  return { keys, values }
}

function batch(count: number): Row['ours'] {
  const { keys, values } = ready(count)
  return async () => {
    using map = table(count)
    return timed(() => void map.updateRaw(keys, values, count).unwrap())
  }
}

function encoded(count: number): Row['ours'] {
  const entries = Array.from({ length: count }, (_, index) => [index, { packets: BigInt(index), first: index, second: 7 }] as const)
  return async () => {
    using map = table(count)
    return timed(() => void map.updateAll(entries).unwrap())
  }
}

const SINGLE = 200_000
const filled = table(1024)
const value = { packets: 5n, first: 6, second: 7 }
for (let key = 0; key < 1024; key++) filled.update(key, value).unwrap()

function singles(work: (key: number) => void): Row['ours'] {
  return async () => {
    const ms = timed(() => {
      for (let at = 0; at < SINGLE; at++) work(at & 1023)
    })
    return (ms * 1e6) / SINGLE
  }
}

const objectFile = join(objects, 'calls.o')
function loadObject(): number {
  let loaded: { close(): void } | undefined
  const ms = timed(() => {
    loaded = loadCollection(sys, parseObject(readFileSync(objectFile)).unwrap()).unwrap()
  })
  loaded?.close()
  return ms
}
/** as in a process that has loaded before: the first loads pay for the engine's compilation, and have a row of their own */
let warm = false
function warmUp(): void {
  for (let count = warm ? 0 : 200; count > 0; count--) loadObject()
  warm = true
}

const suite: Row[] = [
  { name: 'batch-update-100k', unit: 'ms', rounds: 11, ours: batch(100_000), peer: peer('batch-update', '100000') },
  { name: 'batch-update-1m', unit: 'ms', rounds: 5, ours: batch(1_000_000), peer: peer('batch-update', '1000000') },
  { name: 'batch-update-1m-encoded', unit: 'ms', rounds: 5, ours: encoded(1_000_000), peer: peer('batch-update', '1000000') },
  {
    name: 'update-single',
    unit: 'ns',
    rounds: 9,
    ours: singles((key) => filled.update(key, value)),
    peer: peer('update-single', String(SINGLE)),
  },
  { name: 'lookup-single', unit: 'ns', rounds: 9, ours: singles((key) => filled.lookup(key)), peer: peer('lookup-single', String(SINGLE)) },
  { name: 'object-load-cold', unit: 'ms', rounds: 3, ours: async () => loadObject(), peer: peer('object-load', objectFile) },
  {
    name: 'object-load',
    unit: 'ms',
    rounds: 11,
    ours: async () => {
      warmUp()
      // the second of two, as C does it: the first finds caches that another process has used
      loadObject()
      return loadObject()
    },
    peer: peer('object-load', objectFile),
  },
  {
    name: 'kernel-btf-index',
    unit: 'ms',
    rounds: 9,
    ours: async () =>
      timed(() => {
        if (
          kernelBtfTypes({ ...sys })
            .unwrap()
            .named('task_struct', 'struct').length === 0
        )
          throw new Error('no task_struct')
      }),
    peer: peer('kernel-btf'),
  },
]

suite.push(...ringRows(objects))

export default rows(suite, () => filled.close())
