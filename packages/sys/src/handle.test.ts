import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OwnedFd, onLeakedHandle, trackHandles } from './handle.js'
import { type FakeSys, fakeSys } from './testing.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function closes(sys: FakeSys): unknown[] {
  return sys.calls.filter(({ call }) => call === 'close').map(({ args }) => args[0])
}

/** Collects until it holds: finalizers run in a task of their own, some time after. */
async function collected(until: () => boolean, rounds = 200): Promise<void> {
  for (let round = 0; round < rounds && !until(); round++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

afterEach(() => onLeakedHandle(undefined))

describe('OwnedFd', () => {
  it('gives its number until it is closed, once', () => {
    const sys = fakeSys()
    const handle = new OwnedFd(sys, 42, 'a socket')
    expect(handle.isOpen).toBe(true)
    expect(handle.use().unwrap()).toBe(42)
    handle.close()
    handle.close()
    expect(handle.isOpen).toBe(false)
    expect(handle.use().unwrapErr()).toMatchObject({ code: 'sys.closed', message: 'a socket is closed' })
    expect(closes(sys)).toEqual([42])
  })

  it('is closed at the end of a using block, also when it was closed inside', () => {
    const sys = fakeSys()
    {
      using left = new OwnedFd(sys, 7, 'left')
      using closed = new OwnedFd(sys, 8, 'closed')
      closed.close()
      expect(left.isOpen).toBe(true)
    }
    expect(closes(sys)).toEqual([8, 7])
  })

  it('is closed whatever close(2) answers', () => {
    const handle = new OwnedFd(fakeSys({ close: () => -4 }), 7, 'a socket')
    handle.close()
    expect(handle.isOpen).toBe(false)
  })
})

describe('forgotten handles', () => {
  function forget(sys: FakeSys, what: string): void {
    new OwnedFd(sys, 9, what)
  }

  /** Other tests of this process may have forgotten something too. */
  const ours =
    (report: (what: string, stack: string | undefined) => void) =>
    (what: string, stack: string | undefined): void => {
      if (['untracked', 'tracked', 'witness', 'held', 'closed'].includes(what)) report(what, stack)
    }

  it('are closed and reported, with the place they were opened at when somebody tracks', async () => {
    const sys = fakeSys()
    const report = vi.fn()
    onLeakedHandle(ours(report))
    forget(sys, 'untracked')
    await collected(() => report.mock.calls.length === 1)
    expect(report.mock.calls).toEqual([['untracked', undefined]])
    const tracker = trackHandles()
    forget(sys, 'tracked')
    await collected(() => report.mock.calls.length === 2)
    expect(report.mock.calls[1]).toEqual(['tracked', expect.stringContaining('handle.test.ts')])
    expect(closes(sys)).toEqual([9, 9])
    expect(tracker.open()).toEqual([])
    tracker.stop()
  })

  it('are closed when nobody listens', async () => {
    const sys = fakeSys()
    forget(sys, 'a socket')
    await collected(() => closes(sys).length === 1)
    expect(closes(sys)).toEqual([9])
  })

  it('are not those that were closed, nor those still held', async () => {
    const [closed, witness] = [fakeSys(), fakeSys()]
    const report = vi.fn()
    onLeakedHandle(ours(report))
    const held = new OwnedFd(closed, 1, 'held')
    ;(() => new OwnedFd(closed, 2, 'closed').close())()
    forget(witness, 'witness')
    await collected(() => closes(witness).length === 1)
    await collected(() => false, 5)
    expect(report.mock.calls).toEqual([['witness', undefined]])
    expect(closes(closed)).toEqual([2])
    held.close()
  })
})

describe('trackHandles', () => {
  it('gives what was opened since and is open now, with its stack', () => {
    const sys = fakeSys()
    const before = new OwnedFd(sys, 1, 'before')
    const tracker = trackHandles()
    const first = new OwnedFd(sys, 2, 'first')
    const later = trackHandles()
    const second = new OwnedFd(sys, 3, 'second')
    expect(tracker.open().map(({ what }) => what)).toEqual(['first', 'second'])
    expect(later.open().map(({ what }) => what)).toEqual(['second'])
    expect(tracker.open()[0]?.stack).toContain('handle.test.ts')
    second.close()
    expect(later.open()).toEqual([])
    first.close()
    expect(tracker.open()).toEqual([])
    later.stop()
    tracker.stop()
    before.close()
  })

  it('notes stacks until the last tracker has stopped, however often it is told to', () => {
    const sys = fakeSys()
    const [one, other] = [trackHandles(), trackHandles()]
    one.stop()
    one.stop()
    using still = new OwnedFd(sys, 1, 'still')
    expect(other.open()).toEqual([{ what: still.what, stack: expect.any(String) }])
    other.stop()
    using after = new OwnedFd(sys, 2, 'after')
    expect(other.open()).toContainEqual({ what: after.what, stack: undefined })
  })
})
