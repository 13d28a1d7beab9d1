import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Codec, type Collection, loadCollection, openRingBuffer, parseObject, readU64 } from '@axoneme/bpf'
import { MNT_DETACH } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'
import type { Row } from './harness.js'

/**
 * A ring of 16 MiB, filled by a C process as fast as its other half is free, so that no record is ever refused, and read here or by C on libbpf.
 * Every record has a number; one that is missing ends the benchmark.
 */
const sys = linux().unwrap()
const RECORDS = 3_000_000

/** the whole record is decoded: its number, and the seven numbers behind it as they are */
const record: Codec<{ readonly sequence: bigint; readonly first: number }> = {
  sizeBytes: 64,
  read: (bytes, at) => ({ sequence: readU64(bytes, at), first: bytes[at + 8] as number }),
  write() {},
}

interface Ground extends Disposable {
  readonly folder: string
  readonly collection: Collection
}

/** The program and its maps, pinned where the C processes find them. */
function ground(objects: string): Ground {
  const folder = mkdtempSync(join(tmpdir(), 'axm-ring-'))
  const mounted = sys.mount('bpf', folder, 'bpf', 0, undefined)
  if (mounted < 0) throw new Error(`mount bpf: ${mounted}`)
  const collection = loadCollection(sys, parseObject(readFileSync(join(objects, 'ring.o'))).unwrap()).unwrap()
  collection.programs.get('produce')?.handle.pin(join(folder, 'produce')).unwrap()
  for (const name of ['ring', 'produced']) collection.maps.get(name)?.pin(join(folder, name)).unwrap()
  return {
    folder,
    collection,
    [Symbol.dispose]() {
      collection.close()
      sys.umount(folder, MNT_DETACH)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function ringRows(objects: string): Row[] {
  const measure = join(objects, 'measure')
  const produce = (at: Ground) =>
    spawn(measure, ['ring-produce', join(at.folder, 'produce'), join(at.folder, 'produced'), String(RECORDS)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })

  async function ours(): Promise<number> {
    using at = ground(objects)
    const handle = at.collection.maps.get('ring')
    if (handle === undefined) throw new Error('no ring')
    const events = openRingBuffer(handle, { codec: record }).unwrap()
    let expected = 0n
    let begun = 0n
    let finish: (rate: number) => void = () => {}
    const finished = new Promise<number>((resolve) => {
      finish = resolve
    })
    const reader = events
      .read(({ sequence }) => {
        if (sequence !== expected) throw new Error(`record ${sequence} came where ${expected} was due`)
        if (expected++ === 0n) begun = process.hrtime.bigint()
        if (expected === BigInt(RECORDS)) finish((RECORDS * 1e9) / Number(process.hrtime.bigint() - begun))
      })
      .unwrap()
    const [rate] = await Promise.all([finished, once(produce(at), 'exit')])
    reader.stop()
    events.close()
    return rate
  }

  async function theirs(): Promise<number> {
    using at = ground(objects)
    const consumer = promisify(execFile)(measure, ['ring-consume', join(at.folder, 'ring'), String(RECORDS)])
    const [{ stdout }] = await Promise.all([consumer, once(produce(at), 'exit')])
    return Number(stdout)
  }

  /** of one CPU, in per cent, while nothing comes */
  async function idle(...args: string[]): Promise<number> {
    const script = fileURLToPath(new URL('ring-idle.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@axoneme/source', '--import', 'tsx', script, ...args])
    return Number(stdout)
  }

  return [
    { name: 'ringbuf-64b', unit: 'per-second', rounds: 5, ours, peer: { name: 'C on libbpf', run: theirs } },
    {
      name: 'ringbuf-idle-cpu',
      unit: 'percent',
      rounds: 3,
      ours: () => idle(),
      peer: { name: 'the process without a reader', run: () => idle('without') },
    },
  ]
}
