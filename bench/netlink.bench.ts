import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { type LinkSpec, Netlink, type RouteSpec } from '@axoneme/netlink'
import { createNetns, deleteNetns, type Netns } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'
import { type Row, rows } from './harness.js'

/**
 * Routes and links against iproute2, in the same run: `ip -batch` adds, deletes and creates, `ip -json` and JSON.parse
 * list. Each sample is one whole job in a namespace; what is not measured (undoing it) is not in the time.
 */
const ROUTES = 10_000
const PAIRS = 1_000
const sys = linux().unwrap()

interface Ground {
  readonly name: string
  readonly netns: Netns
  readonly netlink: Netlink
}

function open(): Ground {
  const name = `axm-bench-${randomBytes(4).toString('hex')}`
  const netns = createNetns(sys, name).unwrap()
  return { name, netns, netlink: Netlink.open({ sys, netns }).unwrap() }
}

function close(ground: Ground): void {
  ground.netlink.close()
  ground.netns.close()
  deleteNetns(sys, ground.name).unwrap()
}

const destinations = Array.from({ length: ROUTES }, (_, index) => `10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}/32`)

function specs(link: number): RouteSpec[] {
  return destinations.map((destination) => ({ destination, via: '10.0.0.2', link }))
}

const addLines = destinations.map((destination) => `route add ${destination} via 10.0.0.2 dev e0 proto static`).join('\n')
const deleteLines = destinations.map((destination) => `route del ${destination}`).join('\n')
const pairLines = Array.from({ length: PAIRS }, (_, index) => `link add a${index} group 9 type veth peer name b${index} group 9`).join('\n')
const pairs: LinkSpec[] = Array.from({ length: PAIRS }, (_, index) => ({
  kind: 'veth',
  name: `a${index}`,
  group: 9,
  data: { peer: { name: `b${index}`, group: 9 } },
}))

function batch(ground: Ground, input: string): void {
  execFileSync('ip', ['-netns', ground.name, '-batch', '-'], { input, stdio: ['pipe', 'ignore', 'inherit'] })
}

async function timed(work: () => unknown): Promise<number> {
  const begun = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - begun) / 1e6
}

const ground = open()
;(await ground.netlink.links.create({ kind: 'veth', name: 'e0', up: true, data: { peer: { name: 'e1' } } })).unwrap()
;(await ground.netlink.links.update('e1', { up: true })).unwrap()
const e0 = (await ground.netlink.indexOf('e0')).unwrap()
;(await ground.netlink.addresses.add({ link: e0, address: '10.0.0.1/24' })).unwrap()
const routes = specs(e0)
const add = async (): Promise<void> => {
  ;(await ground.netlink.routes.addAll(specs(e0))).unwrap()
}
const remove = async (): Promise<void> => {
  ;(await ground.netlink.routes.deleteAll(routes)).unwrap()
}
/** a job, with its preparation and its undoing out of the time */
const job = (before: () => unknown, work: () => unknown, after: () => unknown) => async (): Promise<number> => {
  await before()
  const ms = await timed(work)
  await after()
  return ms
}
const nothing = (): void => {}

const suite: Row[] = [
  {
    name: 'route-add-10k',
    unit: 'ms',
    rounds: 11,
    ours: job(nothing, add, remove),
    peer: { name: 'ip -batch', run: job(nothing, () => batch(ground, addLines), remove) },
  },
  {
    name: 'route-dump-10k',
    unit: 'ms',
    rounds: 11,
    ours: job(
      add,
      async () => {
        const listed = (await ground.netlink.routes.list({ family: 4 })).unwrap()
        if (listed.length < ROUTES) throw new Error(`${listed.length} routes listed`)
      },
      remove,
    ),
    peer: {
      name: 'ip -json + JSON.parse',
      run: job(
        add,
        () => {
          const listed = JSON.parse(
            execFileSync('ip', ['-netns', ground.name, '-json', '-4', 'route', 'show'], { encoding: 'utf8', maxBuffer: 1 << 26 }),
          )
          if (listed.length < ROUTES) throw new Error(`${listed.length} routes listed`)
        },
        remove,
      ),
    },
  },
  {
    name: 'route-delete-10k',
    unit: 'ms',
    rounds: 11,
    ours: job(add, remove, nothing),
    peer: { name: 'ip -batch', run: job(add, () => batch(ground, deleteLines), nothing) },
  },
  {
    name: 'veth-create-1k',
    unit: 'ms',
    rounds: 5,
    ours: inFreshGround(async (fresh) => {
      ;(await fresh.netlink.links.createAll(pairs)).unwrap()
    }),
    peer: { name: 'ip -batch', run: inFreshGround((fresh) => batch(fresh, pairLines)) },
  },
]

/** A thousand pairs are gone fastest with their group. */
function inFreshGround(work: (fresh: Ground) => unknown): () => Promise<number> {
  return async () => {
    const fresh = open()
    try {
      const ms = await timed(() => work(fresh))
      ;(await fresh.netlink.links.deleteGroup(9)).unwrap()
      return ms
    } finally {
      close(fresh)
    }
  }
}

export default rows(suite, () => close(ground))
