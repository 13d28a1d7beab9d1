import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import type { RingBufferError } from '@axoneme/bpf'
import { expect } from 'vitest'
import { bpffs, count, mapType } from './bpf-map-fixture.js'
import { testRun } from './bpf-program-fixture.js'
import { numberOf, source, until } from './bpf-ring-buffer-fixture.js'
import { sys } from './fixture.js'
import { kernelTest, type Need } from './harness/index.js'

const needs = [mapType('ringbuf')]
/** With one, nothing else runs while a program does. */
const twoCpus: Need = { name: 'two-cpus', probe: () => availableParallelism() > 1 || 'this machine has one CPU' }

function pinProgram(fd: number, path: string): void {
  const attr = new Uint8Array(12)
  const text = new TextEncoder().encode(`${path}\0`)
  const view = new DataView(attr.buffer)
  view.setBigUint64(0, sys.address(text), true)
  view.setUint32(8, fd, true)
  if (sys.bpf(6, attr) < 0 || text.length === 0) throw new Error('bpf(BPF_OBJ_PIN)')
}

function child(...args: string[]): ChildProcess {
  const entry = new URL('bpf-ring-buffer-child.ts', import.meta.url).pathname
  return spawn(process.execPath, ['--conditions=@axoneme/source', '--import', 'tsx', entry, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // one that does not end as it should does not outlive its test by much
    timeout: 120_000,
  })
}

kernelTest('bpf ring buffer > a reader is called as records come, and other work comes in between', { needs }, async () => {
  using t = source('output', 1 << 22)
  const total = count(50_000)
  testRun(t.program, total)
  let next = 0
  let turns = 0
  let turning = true
  const turn = (): void => {
    turns++
    if (turning) setImmediate(turn)
  }
  turn()
  using reader = t.ring
    .read(
      (record) => {
        if (numberOf(record) !== next++) throw new Error(`${numberOf(record)} where ${next - 1} was to come`)
      },
      { budget: total / 50 },
    )
    .unwrap()
  let timers = 0
  const timer = setInterval(() => timers++, 1)
  await until(() => next === total)
  turning = false
  clearInterval(timer)
  expect(turns).toBeGreaterThanOrEqual(50)
  expect(timers).toBeGreaterThan(0)
  testRun(t.program, 1)
  await until(() => next === total + 1)
  expect(reader.isOver).toBe(false)
})

kernelTest('bpf ring buffer > without records a reader sleeps', { needs }, async () => {
  using t = source('output', 4096)
  using reader = t.ring.read(() => {}).unwrap()
  const before = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(process.env.VMRUN === undefined ? 60 : 250)
  expect(reader.isPaused).toBe(false)
})

kernelTest('bpf ring buffer > paused it reads nothing, resumed it goes on, stopped it ends', { needs }, async () => {
  using t = source('output', 1 << 16)
  const seen: number[] = []
  const ends: (RingBufferError | undefined)[] = []
  const reader = t.ring
    .read(
      (record) => {
        seen.push(numberOf(record))
        if (seen.length === 10) reader.pause()
      },
      { onEnd: (error) => ends.push(error) },
    )
    .unwrap()
  testRun(t.program, 100)
  await until(() => reader.isPaused)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(seen).toHaveLength(10)
  reader.resume()
  await until(() => seen.length === 100)
  expect(seen).toEqual([...Array(100).keys()])
  reader.pause()
  reader.stop()
  reader.stop()
  reader.resume()
  expect([ends, reader.isOver]).toEqual([[undefined], true])
})

kernelTest('bpf ring buffer > a signal ends a reader, closing the ring too', { needs }, async () => {
  using t = source('output', 1 << 16)
  const ends: string[] = []
  const stop = new AbortController()
  t.ring.read(() => {}, { signal: stop.signal, onEnd: (error) => ends.push(error?.code ?? 'aborted') }).unwrap()
  stop.abort()
  t.ring.read(() => {}, { signal: stop.signal, onEnd: (error) => ends.push(error?.code ?? 'aborted before') }).unwrap()
  await until(() => ends.length === 2)
  t.ring.read(() => {}, { onEnd: (error) => ends.push(error?.code ?? 'closed') }).unwrap()
  t.ring.close()
  expect(ends).toEqual(['aborted', 'aborted before', 'closed'])
})

kernelTest('bpf ring buffer > its records are iterated, those of a slow body wait in the ring', { needs }, async () => {
  using t = source('output', 1 << 16)
  const stop = new AbortController()
  const seen: number[] = []
  testRun(t.program, 100)
  for await (const record of t.ring.records({ signal: stop.signal, budget: 40 })) {
    seen.push(numberOf(record.unwrap()))
    if (seen.length === 1) {
      testRun(t.program, 20)
      await new Promise((resolve) => setTimeout(resolve, 20))
      // no more than one turn's are out of the ring
      expect(t.ring.statistics().received).toBe(40)
    }
    if (seen.length === 120) stop.abort()
  }
  expect(seen).toEqual([...Array(120).keys()])
  testRun(t.program, 3)
  for await (const record of t.ring.records()) {
    expect(numberOf(record.unwrap())).toBe(120)
    break
  }
})

kernelTest('bpf ring buffer > a record that cannot be read is the last thing told', { needs }, async () => {
  using t = source('output', 1 << 16, { codec: { sizeBytes: 12, read: () => 0, write: () => {} } })
  testRun(t.program, 1)
  const told = []
  for await (const record of t.ring.records()) told.push(record)
  expect(told.map((record) => record.unwrapErr().code)).toEqual(['bpf.malformed'])
})

kernelTest('bpf ring buffer > fed from another process, nothing is lost nor out of order', { needs, timeoutMs: 40_000 }, async () => {
  using files = bpffs()
  using t = source('output', 1 << 24)
  pinProgram(t.program, `${files.path}/program`)
  const total = count(200_000)
  let next = 0
  using reader = t.ring
    .read((record) => {
      if (numberOf(record) !== next++) throw new Error(`${numberOf(record)} where ${next - 1} was to come`)
    })
    .unwrap()
  const feeder = child('feed', `${files.path}/program`, '1000', `${total / 1000}`)
  expect(await once(feeder, 'exit')).toEqual([0, null])
  await until(() => next === total)
  expect(t.written()).toEqual({ numbers: total, lost: 0 })
  expect(reader.isOver).toBe(false)
})

kernelTest(
  'bpf ring buffer > a record that is not committed yet stops the reading, not the process',
  { needs: [...needs, twoCpus], timeoutMs: 60_000 },
  async () => {
    using files = bpffs()
    using t = source('slow', 1 << 20)
    pinProgram(t.program, `${files.path}/program`)
    const seen: number[] = []
    const onRecord = (record: Uint8Array): void => void seen.push(numberOf(record))
    const feeder = child('feed', `${files.path}/program`, '1', '1000000')
    const exit = once(feeder, 'exit')
    // a record is not committed for nearly all of the time until the next one: where two CPUs run, draining soon stops before one
    await until(() => {
      t.ring.drain(onRecord).unwrap()
      return t.ring.isBusy()
    }, 30_000)
    using reader = t.ring.read(onRecord).unwrap()
    const before = seen.length
    await until(() => seen.length > before + 50)
    feeder.kill('SIGKILL')
    await exit
    await until(() => seen.length === t.written().numbers)
    expect(seen).toEqual([...Array(seen.length).keys()])
    expect(reader.isOver).toBe(false)
  },
)

for (const what of ['pause', 'forget'])
  kernelTest(`bpf ring buffer > a process ends when all it has is a reader that it let ${what}`, { needs, timeoutMs: 40_000 }, async () => {
    using files = bpffs()
    using t = source('output', 4096)
    t.ring.pin(`${files.path}/ring`).unwrap()
    testRun(t.program, 3)
    const reader = child(what, `${files.path}/ring`)
    let text = ''
    reader.stdout?.on('data', (chunk) => {
      text += chunk
    })
    expect(await once(reader, 'close')).toEqual([0, null])
    expect(text).toBe('seen, more waits\n')
  })

kernelTest('bpf ring buffer > a process does not end while it reads', { needs, timeoutMs: 40_000 }, async () => {
  using files = bpffs()
  using t = source('output', 4096)
  t.ring.pin(`${files.path}/ring`).unwrap()
  testRun(t.program, 1)
  const reader = child('read', `${files.path}/ring`)
  if (reader.stdout === null) throw new Error('no output')
  await once(reader.stdout, 'data')
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(reader.exitCode).toBeNull()
  reader.kill('SIGKILL')
  await once(reader, 'close')
})
