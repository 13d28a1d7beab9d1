import type { Mapping, Poll, PollEvents, Sys } from './sys.js'

/** One call that was made of the fake, with its arguments as they were then (buffers copied). */
export interface FakeCall {
  readonly call: keyof Sys
  readonly args: readonly unknown[]
}

/** Answers for some calls; what is not given answers 0, and descriptors count up from 100. */
export type FakeAnswers = { readonly [K in keyof Sys]?: (...args: Parameters<Sys[K]>) => ReturnType<Sys[K]> }

export interface FakeSys extends Sys {
  readonly calls: readonly FakeCall[]
  /** lets every open watch on a descriptor fire */
  ready(fd: number, events?: number): void
}

/** A kernel that is not there: answers by script, and records what was asked. */
export function fakeSys(answers: FakeAnswers = {}): FakeSys {
  const calls: FakeCall[] = []
  const watches = new Map<number, Set<(events: number) => void>>()
  let next = 100
  const descriptor = (): number => next++
  const poll = (fd: number, _events: PollEvents, callback: (events: number) => void): Poll => {
    const set = watches.get(fd) ?? new Set()
    watches.set(fd, set.add(callback))
    return { close: () => set.delete(callback), ref() {}, unref() {} }
  }
  const defaults: { [K in keyof Sys]: (...args: never[]) => unknown } = {
    socket: descriptor,
    open: descriptor,
    bind: () => 0,
    getsockname: () => 0,
    setsockopt: () => 0,
    getsockopt: () => 0,
    send: (_fd: number, _data: Uint8Array, length: number) => length,
    recv: () => -11,
    close: () => 0,
    setns: () => 0,
    unshare: () => 0,
    mount: () => 0,
    umount: () => 0,
    ioctl: () => 0,
    bpf: descriptor,
    address: () => 0x1000n,
    mmap: (_fd: number, length: number): Mapping => ({ length, bytes: new ArrayBuffer(length), unmap() {} }),
    poll,
  }
  const fake: Record<string, unknown> = {
    calls,
    ready(fd: number, events = 1) {
      for (const callback of [...(watches.get(fd) ?? [])]) callback(events)
    },
  }
  for (const name of Object.keys(defaults) as (keyof Sys)[])
    fake[name] = (...args: unknown[]) => {
      calls.push({ call: name, args: args.map((value) => (value instanceof Uint8Array ? value.slice() : value)) })
      return ((answers[name] ?? defaults[name]) as (...given: unknown[]) => unknown)(...args)
    }
  return fake as unknown as FakeSys
}
