/** Counts what a link receives with an eBPF program of our own, and hears of long packets: from C to typed TypeScript. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { attachTcx, openRingBuffer } from '@axoneme/bpf'
import { Netlink } from '@axoneme/netlink'
import { anonymousNetns, describe, type Netns, type Result, withNetns } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'
import { countPrograms, loadCount, maps, seen } from './count.generated.js'

/** Ends the example with the error's own words and what they advise. */
function done<T>(result: Result<T, { code: string; message: string }>): T {
  if (result.isOk()) return result.value
  throw new Error(describe(result.error))
}

const sys = done(linux())
const object = readFileSync(new URL('../../.cache/bpf/count.o', import.meta.url))

// two namespaces with a link between them, gone with their handles
using red = done(anonymousNetns(sys))
using blue = done(anonymousNetns(sys))
using atRed = done(Netlink.open({ netns: red }))
using atBlue = done(Netlink.open({ netns: blue }))
done(await atRed.links.create({ kind: 'veth', name: 'eth0', up: true, data: { peer: { name: 'eth0', netns: blue } } }))
done(await atBlue.links.update('eth0', { up: true }))
done(await atRed.addresses.add({ link: 'eth0', address: '192.0.2.1/24' }))
done(await atBlue.addresses.add({ link: 'eth0', address: '192.0.2.2/24' }))

// variables by name and type; a wrong name or a number that does not fit is an error before anything is loaded
using count = done(loadCount(sys, object, { variables: { limit: 500 } }))
const program = countPrograms.countPackets(count)
assert(program !== undefined)
const ifindex = done(await atBlue.indexOf('eth0'))
const attached = attachTcx(sys, program, { ifindex, at: 'ingress', netns: blue })
if (attached.isErr() && attached.error.code === 'feature.unsupported') {
  console.log(`${attached.error.message}: ${attached.error.hint}`)
  process.exit(0)
}
using link = done(attached)
console.log(`attached to link ${ifindex} as BPF link ${done(link.info()).id}`)

using events = done(maps.events(count).andThen((ring) => openRingBuffer(ring.handle, { codec: seen })))
await send(red, blue, [100, 200, 900])

const counts = done(maps.counts(count))
for (const [protocol, { packets, octets }] of done(counts.lookupAll()))
  console.log(`protocol 0x${protocol.toString(16).padStart(4, '0')}: ${packets} packets, ${octets} bytes`)
const told: number[] = []
done(events.drain((event) => told.push(event.length)))
console.log(`long packets: ${told.join(', ')} bytes`)

const ipv4 = done(counts.lookup(0x0800))
assert((ipv4?.packets ?? 0n) >= 3n)
assert.deepEqual(told, [900 + 8 + 20 + 14])

/** Datagrams of some sizes, from one namespace to the other. */
async function send(from: Netns, to: Netns, sizes: readonly number[]): Promise<void> {
  const bound = (netns: Netns, address: string, port: number) =>
    done(
      withNetns(sys, netns, () => {
        const socket = createSocket({ type: 'udp4', lookup: (name, _options, found) => found(null, name, 4) })
        socket.bind({ address, port, exclusive: true })
        return socket
      }),
    )
  const server = bound(to, '192.0.2.2', 4242)
  const client = bound(from, '192.0.2.1', 0)
  try {
    for (const size of sizes) {
      const heard = once(server, 'message', { signal: AbortSignal.timeout(5000) })
      client.send(Buffer.alloc(size), 4242, '192.0.2.2')
      await heard
    }
  } finally {
    server.close()
    client.close()
  }
}
