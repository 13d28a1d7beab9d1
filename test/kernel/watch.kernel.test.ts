import { type WatchEvent, watch } from '@axoneme/netlink'
import { expect } from 'vitest'
import { feature, pair, scratch } from './fixture.js'
import { kernelTest } from './harness/index.js'

const veth = [feature('link-veth')]

function told(event: WatchEvent): string {
  if (event.type === 'overrun' || event.type === 'synced') return event.type
  const { change } = event
  switch (change.of) {
    case 'link':
      return `${event.type} link ${change.link.name}`
    case 'address':
      return `${event.type} address ${change.address.address}`
    case 'route':
      return `${event.type} route ${change.route.destination}`
    case 'rule':
      return `${event.type} rule ${change.rule.priority}`
    case 'neighbour':
      return `${event.type} neighbour ${change.neighbour.address}`
    case 'fdb':
      return `${event.type} fdb ${change.entry.hardwareAddress}`
  }
}

kernelTest('watch > tells what is there, then what changes, until its signal', { needs: veth, timeoutMs: 30_000 }, async () => {
  await using t = scratch()
  await pair(t)
  const stop = new AbortController()
  const seen: string[] = []
  const change = async (): Promise<void> => {
    ;(await t.netlink.addresses.add({ link: 'e0', address: '10.1.0.1/24' })).unwrap()
    ;(await t.netlink.routes.add({ destination: '10.9.0.0/16', via: '10.0.0.2' })).unwrap()
    ;(await t.netlink.rules.add({ from: '10.7.0.0/16', table: 77, priority: 100 })).unwrap()
    ;(await t.netlink.neighbours.add({ link: 'e0', address: '10.0.0.7', hardwareAddress: '02:00:00:00:00:07' })).unwrap()
    ;(await t.netlink.addresses.delete({ link: 'e0', address: '10.1.0.1/24' })).unwrap()
    ;(await t.netlink.links.delete('e0')).unwrap()
  }
  const watching = (async () => {
    for await (const event of watch(['link', 'address', 'route', 'rule', 'neighbour'], { netns: t.netns, signal: stop.signal }).unwrap()) {
      seen.push(told(event.unwrap()))
      if (seen.at(-1) === 'synced') void change()
      if (seen.at(-1) === 'deleted link e0') stop.abort()
    }
  })()
  await watching
  const synced = seen.indexOf('synced')
  expect(seen.slice(0, synced)).toEqual(expect.arrayContaining(['present link lo', 'present link e0', 'present address 10.0.0.1/24']))
  for (const event of [
    'changed address 10.1.0.1/24',
    'changed route 10.9.0.0/16',
    'changed rule 100',
    'changed neighbour 10.0.0.7',
    'deleted address 10.1.0.1/24',
    'deleted link e0',
  ])
    expect(seen.slice(synced)).toContain(event)
})

kernelTest('watch > says that events were lost, and lists anew', { needs: veth, timeoutMs: 60_000 }, async () => {
  await using t = scratch()
  await pair(t)
  const watching = watch(['route'], { netns: t.netns }).unwrap()
  const events = watching[Symbol.asyncIterator]()
  const next = async (): Promise<WatchEvent> => (await events.next()).value.unwrap()
  while ((await next()).type !== 'synced') {
    // what is there first
  }
  // nothing is read while this runs: one synchronous process adds more than the socket holds
  const lines = Array.from(
    { length: 40_000 },
    (_, index) => `route add 10.${100 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}/32 dev e0`,
  ).join('\n')
  const { execFileSync } = await import('node:child_process')
  execFileSync('ip', ['-netns', t.name, '-batch', '-'], { input: lines, stdio: ['pipe', 'ignore', 'inherit'], maxBuffer: 1 << 26 })
  let overruns = 0
  const routes = new Set<string>()
  for (;;) {
    const event = await next()
    if (event.type === 'overrun') {
      overruns++
      routes.clear()
    } else if (event.type === 'synced') {
      break
    } else if (event.change.of === 'route') routes.add(String(event.change.route.destination))
  }
  expect(overruns).toBeGreaterThan(0)
  expect([...routes].filter((route) => /^10\.1\d\d\..*\/32$/.test(route))).toHaveLength(40_000)
  watching.close()
})
