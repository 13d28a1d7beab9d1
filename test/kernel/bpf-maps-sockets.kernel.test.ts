import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { openSocketHash, openSocketMap } from '@axoneme/bpf'
import { Errno, SOL_SOCKET } from '@axoneme/sys'
import { expect } from 'vitest'
import { make, mapType, u64 } from './bpf-map-fixture.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const SO_COOKIE = 57

/** A connection within this process; the numbers of its descriptors are what the engine keeps to itself. */
async function connection(): Promise<
  AsyncDisposable & { readonly server: number; readonly client: number; readonly end: () => Promise<void> }
> {
  const server = createServer((socket) => socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(client, 'connect')
  const fdOf = (of: Server | Socket): number => (of as unknown as { _handle: { fd: number } })._handle.fd
  const end = async (): Promise<void> => {
    if (client.closed) return
    client.destroy()
    await once(client, 'close')
  }
  return {
    server: fdOf(server),
    client: fdOf(client),
    end,
    async [Symbol.asyncDispose]() {
      await end()
      server.close()
      await once(server, 'close')
    },
  }
}

function cookieOf(fd: number): bigint {
  const bytes = new Uint8Array(8)
  if (sys.getsockopt(fd, SOL_SOCKET, SO_COOKIE, bytes) < 0) throw new Error('SO_COOKIE')
  return new DataView(bytes.buffer).getBigUint64(0, true)
}

kernelTest(
  'bpf sockmap > sockets go in by descriptor, are told by cookie, and go when they close',
  { needs: [mapType('sockmap')] },
  async () => {
    await using sockets = await connection()
    using map = openSocketMap(make('sockmap', { valueSize: 8 })).unwrap()
    map.set(1, sockets.client).unwrap()
    map.set(2, sockets.server).unwrap()
    expect(map.cookie(1).unwrap()).toBe(cookieOf(sockets.client))
    expect(map.cookie(2).unwrap()).toBe(cookieOf(sockets.server))
    expect(map.cookie(3).unwrap()).toBeUndefined()
    expect([...map.keys()].map((key) => key.unwrap())).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(map.set(8, sockets.client).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'key' })
    expect(map.set(3, 0x7fff_ffff).unwrapErr()).toMatchObject({ code: 'bpf.refused', errno: Errno.EBADF })
    expect(map.delete(2).unwrap()).toBe(true)
    expect(map.delete(2).unwrap()).toBe(false)
    await sockets.end()
    // the kernel frees a closed socket after a grace period
    for (let tries = 0; tries < 100 && map.cookie(1).unwrap() !== undefined; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10))
    expect(map.cookie(1).unwrap()).toBeUndefined()
  },
)

kernelTest('bpf sockmap > values of 4 bytes tell no cookie', { needs: [mapType('sockmap')] }, async () => {
  await using sockets = await connection()
  using map = openSocketMap(make('sockmap')).unwrap()
  map.set(0, sockets.client).unwrap()
  expect(map.cookie(0).unwrapErr()).toMatchObject({ code: 'bpf.refused', errno: Errno.ENOSPC })
  expect(map.delete(0).unwrap()).toBe(true)
})

kernelTest('bpf sockhash > sockets by a key of any size', { needs: [mapType('sockhash')] }, async () => {
  await using sockets = await connection()
  using map = openSocketHash(make('sockhash', { keySize: 8, valueSize: 8 }), u64).unwrap()
  const key = 0xfedcba9876543210n
  map.set(key, sockets.client).unwrap()
  expect(map.cookie(key).unwrap()).toBe(cookieOf(sockets.client))
  expect(map.cookie(1n).unwrap()).toBeUndefined()
  expect([...map.keys()].map((found) => found.unwrap())).toEqual([key])
  expect(map.delete(key).unwrap()).toBe(true)
  expect(map.delete(key).unwrap()).toBe(false)
  expect([...map.keys()]).toEqual([])
})
