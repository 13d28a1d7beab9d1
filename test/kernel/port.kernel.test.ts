import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AF_NETLINK, Errno, O_CLOEXEC, O_RDONLY, PROT_READ, PROT_WRITE, SOCK_CLOEXEC, SOCK_RAW } from '@axoneme/sys'
import { expect } from 'vitest'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

kernelTest('port > errors come back as -errno, each of its own call', { needs: [] }, async () => {
  for (let round = 0; round < 1000; round++) {
    expect(sys.open('/nowhere/at/all', O_RDONLY, 0)).toBe(-Errno.ENOENT)
    expect(sys.close(1 << 20)).toBe(-Errno.EBADF)
    expect(sys.socket(AF_NETLINK, SOCK_RAW, 255)).toBeLessThan(0)
  }
})

kernelTest('port > a path with a NUL is refused, not cut', { needs: [] }, async () => {
  expect(sys.open('/etc/passwd\0x', O_RDONLY | O_CLOEXEC, 0)).toBe(-Errno.EINVAL)
  expect(sys.umount('/nowhere\0', 0)).toBe(-Errno.EINVAL)
  expect(sys.mount('', '/nowhere\0', 'none', 0, undefined)).toBe(-Errno.EINVAL)
})

kernelTest('port > what cannot be watched is refused, and the process lives', { needs: [] }, async () => {
  expect(sys.poll(1 << 20, { readable: true }, () => {})).toBe(-Errno.EBADF)
  const folder = mkdtempSync(join(tmpdir(), 'axm-'))
  writeFileSync(join(folder, 'file'), 'text')
  const file = sys.open(join(folder, 'file'), O_RDONLY | O_CLOEXEC, 0)
  expect(sys.poll(file, { readable: true }, () => {})).toBe(-Errno.EPERM)
  sys.close(file)
  rmSync(folder, { recursive: true })
  const socket = sys.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0)
  expect(sys.poll(socket, {}, () => {})).toBe(-Errno.EINVAL)
  const watched = sys.poll(socket, { readable: true }, () => {})
  if (typeof watched === 'number') throw new Error(`poll: ${watched}`)
  expect(sys.poll(socket, { readable: true }, () => {})).toBe(-Errno.EEXIST)
  watched.unref()
  watched.close()
  // after close all of these do nothing
  watched.close()
  watched.ref()
  watched.unref()
  sys.close(socket)
})

kernelTest('port > a mapping is shared with the kernel, and its failure is an errno', { needs: [] }, async () => {
  // an array map that can be mapped: BPF_F_MMAPABLE
  const attr = new Uint8Array(128)
  new Uint32Array(attr.buffer).set([2, 4, 8, 512, 1 << 10])
  const fd = sys.bpf(0, attr)
  expect(fd).toBeGreaterThan(0)
  const mapping = sys.mmap(fd, 4096, PROT_READ | PROT_WRITE, 0)
  if (typeof mapping === 'number') throw new Error(`mmap: ${mapping}`)
  new Uint32Array(mapping.bytes)[2] = 77
  const [key, value] = [new Uint8Array([1, 0, 0, 0]), new Uint8Array(8)]
  const lookup = new Uint8Array(32)
  const view = new DataView(lookup.buffer)
  view.setUint32(0, fd, true)
  view.setBigUint64(8, sys.address(key), true)
  view.setBigUint64(16, sys.address(value), true)
  expect(sys.bpf(1, lookup)).toBe(0)
  expect([...value, ...key]).toEqual([77, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
  mapping.unmap()
  mapping.unmap()
  expect(sys.mmap(fd, 1 << 20, PROT_READ, 0)).toBeLessThan(0)
  sys.close(fd)
})
