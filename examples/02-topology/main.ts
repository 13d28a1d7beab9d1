/**
 * Two namespaces with a pair of virtual Ethernet links between them, addresses and a route: built, shown, used, and removed again,
 * also when something fails on the way.
 */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Netlink, type NetlinkError } from '@axoneme/netlink'
import { createNetns, deleteNetns, describe, listNetns, type NetnsError, type Result, withNetns } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'

/** Ends the example with the error's own words and what they advise. */
function done<T>(result: Result<T, NetlinkError | NetnsError | { code: string; message: string }>): T {
  if (result.isOk()) return result.value
  throw new Error(describe(result.error))
}

const sys = done(linux())
const names = [`axm-red-${process.pid}`, `axm-blue-${process.pid}`] as const

async function build(): Promise<void> {
  using red = done(createNetns(sys, names[0]))
  using blue = done(createNetns(sys, names[1]))
  using atRed = done(Netlink.open({ netns: red }))
  using atBlue = done(Netlink.open({ netns: blue }))

  done(await atRed.links.create({ kind: 'veth', name: 'eth0', up: true, alias: 'to blue', data: { peer: { name: 'eth0', netns: blue } } }))
  done(await atBlue.links.update('eth0', { up: true, alias: 'to red' }))
  done(await atRed.addresses.add({ link: 'eth0', address: '192.0.2.1/24' }))
  done(await atBlue.addresses.add({ link: 'eth0', address: '192.0.2.2/24' }))
  done(await atRed.routes.add({ destination: '198.51.100.0/24', via: '192.0.2.2' }))

  for (const [name, netlink] of [
    [names[0], atRed],
    [names[1], atBlue],
  ] as const) {
    console.log(name)
    for (const link of done(await netlink.links.list()))
      console.log(`  link ${link.index} ${link.name} ${link.kind ?? ''} mtu ${link.mtu} ${link.operState} ${link.alias ?? ''}`.trimEnd())
    for (const { address, link } of done(await netlink.addresses.list({ family: 4 }))) console.log(`  address ${address} on link ${link}`)
    for (const { destination, via, protocol } of done(await netlink.routes.list({ family: 4, table: 'main' })))
      console.log(`  route ${destination}${via === undefined ? '' : ` via ${via}`} (${protocol})`)
  }

  // a socket stays in the namespace where it was made: open it inside, use it from anywhere
  const server = done(withNetns(sys, blue, () => bound('192.0.2.2', 4242)))
  const client = done(withNetns(sys, red, () => bound('192.0.2.1', 0)))
  try {
    const heard = once(server, 'message', { signal: AbortSignal.timeout(5000) })
    client.send('hello', 4242, '192.0.2.2')
    const [message] = await heard
    assert.equal(String(message), 'hello')
    console.log(`a datagram from ${names[0]} to ${names[1]} said "${message}"`)
  } finally {
    server.close()
    client.close()
  }
}

/** Binds before it returns, for no name must be looked up first. */
function bound(address: string, port: number) {
  const socket = createSocket({ type: 'udp4', lookup: (name, _options, found) => found(null, name, 4) })
  socket.bind({ port, address, exclusive: true })
  return socket
}

try {
  await build()
} finally {
  for (const name of names) done(deleteNetns(sys, name))
}
assert.deepEqual(
  listNetns().filter((name) => names.some((own) => own === name)),
  [],
)
console.log('removed again')
