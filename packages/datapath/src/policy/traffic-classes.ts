import type { PortEntry } from '@axoneme/policy'
import { Traffic } from '../generated/datapath.generated.js'
import { CHUNK, DIRECTORY, textOf } from './cells.js'
import type { Contents } from './contents.js'
import type { Draft, Holding } from './draft.js'

/** IP protocols that have a directory of their own. */
const DIRECTORIES: Readonly<Record<number, number>> = {
  6: Traffic.AXM_TRAFFIC_TCP,
  17: Traffic.AXM_TRAFFIC_UDP,
  132: Traffic.AXM_TRAFFIC_SCTP,
  1: Traffic.AXM_TRAFFIC_ICMP,
  58: Traffic.AXM_TRAFFIC_ICMP6,
}

/** The class of each number, by enum axm_traffic; undefined where all are of class 0. Of all other protocols the protocol is the number. */
export function trafficClasses(ports: readonly PortEntry[]): (Uint16Array | undefined)[] {
  const [rest] = ports
  // before an entry comes to its number, all that it holds have what shorter ones say
  const byLength = [...ports.slice(1)].sort((left, right) => left.length - right.length)
  const all: (Uint16Array | undefined)[] = Array.from({ length: Traffic.AXM_TRAFFICS }, () => undefined)
  const classesOf = (traffic: number): Uint16Array => (all[traffic] ??= new Uint16Array(CHUNK * DIRECTORY).fill(rest?.class ?? 0))
  if (rest !== undefined && rest.class !== 0) for (let traffic = 0; traffic < all.length; traffic++) classesOf(traffic)
  for (const { protocol, number, length, class: of } of byLength) {
    if (protocol === undefined) continue
    const traffic = DIRECTORIES[protocol]
    const first = (number >>> (16 - length)) << (16 - length)
    if (traffic !== undefined) classesOf(traffic).fill(of, first, first + 2 ** (16 - length))
    // they have no numbers of their own, so theirs is 0
    else if (first === 0) classesOf(Traffic.AXM_TRAFFIC_OTHER)[protocol] = of
  }
  return all
}

/** The number of the directory for these classes; 0, which is empty, when all are of class 0. */
export function holdDirectory(classes: Uint16Array | undefined, holding: Holding, { chunks, directories }: Contents, draft: Draft): number {
  if (classes === undefined) return 0
  const named = new Array<number>(DIRECTORY).fill(0)
  let any = false
  for (let at = 0; at < DIRECTORY; at++) {
    const start = at * CHUNK
    const same = at > 0 && repeats(classes, start)
    const number = same ? (named[at - 1] as number) : holdChunk(classes.subarray(start, start + CHUNK), holding, chunks, draft)
    named[at] = number
    any ||= number !== 0
  }
  return any ? draft.hold(holding, directories, textOf(named), nothing) : 0
}

/** The number of a chunk with these numbers; 0 when all are zero, and for nothing else. */
export function holdChunk(cells: ArrayLike<number>, holding: Holding, chunks: Contents['chunks'], draft: Draft): number {
  const text = textOf(cells)
  return text === ZEROS ? 0 : draft.hold(holding, chunks, text, nothing)
}

const ZEROS = '\0'.repeat(CHUNK)
const nothing = (): void => undefined

/** Whether a chunk is as the one before it: most are. */
function repeats(cells: Uint16Array, start: number): boolean {
  for (let at = start; at < start + CHUNK; at++) if (cells[at] !== cells[at - CHUNK]) return false
  return true
}
