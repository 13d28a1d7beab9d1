import { describe, expect, it, vi } from 'vitest'
import type { Poll } from './sys.js'
import { fakeSys } from './testing.js'

describe('fakeSys', () => {
  it('answers what it is told, else 0, descriptors counting up from 100, and nothing to receive', () => {
    const sys = fakeSys({ setns: (fd) => (fd === 5 ? -22 : 0) })
    expect([sys.socket(16, 3, 0), sys.open('/', 0, 0), sys.bpf(0, new Uint8Array(8))]).toEqual([100, 101, 102])
    expect([sys.setns(5, 0), sys.setns(6, 0), sys.close(100), sys.unshare(0), sys.umount('/x', 0)]).toEqual([-22, 0, 0, 0, 0])
    expect(sys.send(100, new Uint8Array(8), 5, 0)).toBe(5)
    expect(sys.recv(100, new Uint8Array(8), 0)).toBe(-11)
  })

  it('numbers the descriptors of each fake from the start', () => {
    fakeSys().socket(16, 3, 0)
    expect(fakeSys().socket(16, 3, 0)).toBe(100)
  })

  it('records every call in order, scripted or not', () => {
    const sys = fakeSys({ ioctl: () => -25 })
    sys.mount('', '/run', undefined, 1, undefined)
    sys.ioctl(3, 4, Uint8Array.of(1, 2))
    expect(sys.calls).toEqual([
      { call: 'mount', args: ['', '/run', undefined, 1, undefined] },
      { call: 'ioctl', args: [3, 4, Uint8Array.of(1, 2)] },
    ])
  })

  it('copies buffers as they were at the call, while the answer may fill the real one', () => {
    const sys = fakeSys({
      recv: (_, into) => {
        into.fill(9)
        return into.length
      },
    })
    const given = Uint8Array.of(1, 2, 3)
    sys.bind(3, given)
    expect(sys.recv(3, given, 0)).toBe(3)
    given[0] = 77
    expect(sys.calls.map(({ args }) => args[1])).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)])
    expect(given).toEqual(Uint8Array.of(77, 9, 9))
  })

  it('lets watches fire until they are closed, each on its own descriptor', () => {
    const sys = fakeSys()
    const [one, other, elsewhere] = [vi.fn(), vi.fn(), vi.fn()]
    const first = sys.poll(3, { readable: true }, one) as Poll
    sys.poll(3, { readable: true }, other)
    sys.poll(4, { readable: true }, elsewhere)
    sys.ready(3)
    first.close()
    sys.ready(3, -9)
    sys.ready(5)
    expect(one.mock.calls).toEqual([[1]])
    expect(other.mock.calls).toEqual([[1], [-9]])
    expect(elsewhere).not.toHaveBeenCalled()
  })

  it('lets a watch close itself while it fires', () => {
    const sys = fakeSys()
    const fired = vi.fn()
    const watch: Poll = sys.poll(3, { readable: true }, () => {
      watch.close()
      fired()
    }) as Poll
    sys.ready(3)
    sys.ready(3)
    expect(fired).toHaveBeenCalledOnce()
  })

  it('maps memory of its own', () => {
    const mapping = fakeSys().mmap(3, 4096, 1, 0)
    expect(mapping).toMatchObject({ length: 4096 })
    if (typeof mapping !== 'number') expect(mapping.bytes.byteLength).toBe(4096)
  })
})
