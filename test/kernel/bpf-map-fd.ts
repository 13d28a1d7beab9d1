import { sys } from './fixture.js'

/** Source: linux/bpf.h enum bpf_map_type */
const types = { hash: 1, array: 2, sockmap: 15 } as const

/** A map by bare system calls, so that tests of programs and links hang on nothing else. */
export function mapFd(type: keyof typeof types, keySize: number, valueSize: number, entries: number): Disposable & { readonly fd: number } {
  const attr = new Uint8Array(72)
  new Uint32Array(attr.buffer).set([types[type], keySize, valueSize, entries])
  const fd = sys.bpf(0, attr)
  if (fd < 0) throw new Error(`bpf(BPF_MAP_CREATE): ${fd}`)
  return { fd, [Symbol.dispose]: () => void sys.close(fd) }
}

function element(map: number, command: number, key: Uint8Array, value: Uint8Array): void {
  const attr = new Uint8Array(32)
  const view = new DataView(attr.buffer)
  view.setUint32(0, map, true)
  view.setBigUint64(8, sys.address(key), true)
  view.setBigUint64(16, sys.address(value), true)
  const answer = sys.bpf(command, attr)
  if (answer < 0 || key.length + value.length === 0) throw new Error(`bpf(${command}): ${answer}`)
}

/** Puts a descriptor into a map whose values are descriptors of 8 bytes. */
export function putFd(map: number, index: number, fd: number): void {
  const [key, value] = [new Uint8Array(4), new Uint8Array(8)]
  new DataView(key.buffer).setUint32(0, index, true)
  new DataView(value.buffer).setUint32(0, fd, true)
  element(map, 2, key, value)
}

export function lookup(map: number, index: number, valueSize: number): Uint8Array {
  const [key, value] = [new Uint8Array(4), new Uint8Array(valueSize)]
  new DataView(key.buffer).setUint32(0, index, true)
  element(map, 1, key, value)
  return value
}
