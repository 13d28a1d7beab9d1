/**
 * Enters and leaves namespaces while the thread pool reads files, and prints what it saw as JSON. It is run bundled, in
 * a process of its own: what it shows depends on where the threads of libuv's pool are started, they start once, and
 * both a test runner and a loader of modules have started theirs before any test runs.
 *
 * `netns-stress TIMES` goes through the library. `netns-stress wrong` does what the library must not, and lets the pool
 * start inside a namespace: what it reports shows that this program can see that.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { readFile, readlink } from 'node:fs/promises'
import { anonymousNetns, CLONE_NEWNET, O_CLOEXEC, withNetns } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'

export interface Verdict {
  readonly entered: number
  readonly thrown: number
  /** how often the calling thread was not where it should be */
  readonly lost: number
  readonly poolReads: number
  /** how many of these saw another namespace than home */
  readonly poolElsewhere: number
  /** threads of the process at the start, and at the end */
  readonly threads: readonly [number, number]
  /** threads seen in another namespace than home, of all looks at all threads */
  readonly stranded: number
  /** open descriptors before and after */
  readonly descriptors: readonly [number, number]
}

const OWN = '/proc/thread-self/ns/net'
const IN_FLIGHT = 8
const sys = linux().unwrap()
const home = readlinkSync(OWN)
let poolReads = 0
let poolElsewhere = 0

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** The namespace of each thread. */
function threads(): string[] {
  return readdirSync('/proc/self/task').map((task) => {
    try {
      return readlinkSync(`/proc/self/task/${task}/ns/net`)
    } catch {
      // it has ended, and was nowhere else before
      return home
    }
  })
}

function strandedNow(): number {
  return threads().filter((seen) => seen !== home).length
}

/** The link is the reading thread's own. */
async function readLink(): Promise<void> {
  const seen = await readlink(OWN)
  poolReads++
  if (seen !== home) poolElsewhere++
}

/** The devices are those of the namespace of the thread that opens the file. */
async function readDevices(expected: number): Promise<void> {
  const text = await readFile('/proc/thread-self/net/dev', 'utf8')
  poolReads++
  if (text.split('\n').length !== expected) poolElsewhere++
}

async function stress(times: number): Promise<Verdict> {
  const threadsBefore = threads().length
  const places = [anonymousNetns(sys).unwrap(), anonymousNetns(sys).unwrap()].map((netns) => ({
    netns,
    link: withNetns(sys, netns, () => readlinkSync(OWN)).unwrap(),
  }))
  let [entered, thrown, lost] = [0, 0, 0]
  // of the caller's code the first use of the pool, and from inside: a pool that starts now starts in the wrong place
  const first: Promise<void>[] = []
  for (const { netns } of places) withNetns(sys, netns, () => first.push(readLink())).unwrap()
  await Promise.all(first)
  let stranded = strandedNow()

  const devices = (await readFile('/proc/thread-self/net/dev', 'utf8')).split('\n').length
  const descriptorsBefore = openDescriptors()
  let running = true
  const readers = Array.from({ length: IN_FLIGHT }, async () => {
    while (running) {
      await readLink()
      await readDevices(devices)
    }
  })
  const queued: Promise<void>[] = []
  const inside = new Error('inside')
  for (let run = 0; run < times; run++) {
    const place = places[run % 2]
    if (place === undefined) throw new Error('there are two')
    try {
      withNetns(sys, place.netns, () => {
        entered++
        if (readlinkSync(OWN) !== place.link) lost++
        if (run % 7 === 0) queued.push(readLink())
        if (run % 10 === 9) throw inside
      }).unwrap()
    } catch (reason) {
      if (reason !== inside) throw reason
      thrown++
    }
    if (readlinkSync(OWN) !== home) lost++
    if (run % 100 === 0) stranded += strandedNow()
    if (run % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  running = false
  await Promise.all([...readers, ...queued])
  stranded += strandedNow()
  const descriptorsAfter = openDescriptors()
  for (const { netns } of places) netns.close()
  return {
    entered,
    thrown,
    lost,
    poolReads,
    poolElsewhere,
    threads: [threadsBefore, threads().length],
    stranded,
    descriptors: [descriptorsBefore, descriptorsAfter],
  }
}

async function wrong(): Promise<Verdict> {
  const threadsBefore = threads().length
  const descriptorsBefore = openDescriptors()
  const own = sys.open(OWN, O_CLOEXEC, 0)
  if (own < 0 || sys.unshare(CLONE_NEWNET) < 0) throw new Error('the test needs root')
  const first = readLink()
  sys.setns(own, CLONE_NEWNET)
  sys.close(own)
  await first
  return {
    entered: 1,
    thrown: 0,
    lost: 0,
    poolReads,
    poolElsewhere,
    threads: [threadsBefore, threads().length],
    stranded: strandedNow(),
    descriptors: [descriptorsBefore, openDescriptors()],
  }
}

const [, , argument = '1000'] = process.argv
const verdict = argument === 'wrong' ? wrong() : stress(Number(argument))
verdict.then((seen) => process.stdout.write(JSON.stringify(seen)))
