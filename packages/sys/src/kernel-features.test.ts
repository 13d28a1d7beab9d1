import { describe, expect, it } from 'vitest'
import { errnoNumber } from './errno.js'
import type { Probe } from './feature.js'
import { cgroup2Path, kernelFeatures } from './kernel-features.js'
import { AF_NETLINK, CLONE_NEWNET, SOCK_CLOEXEC, SOCK_RAW, SOL_NETLINK } from './sys.js'
import { type FakeAnswers, type FakeSys, fakeSys } from './testing.js'

function probe(name: string, sys: FakeSys): Probe {
  const found = kernelFeatures.find((feature) => feature.name === name)
  if (found === undefined) throw new Error(`no feature ${name}`)
  return found.probe(sys) as Probe
}

/** Descriptors that the fake handed out and nobody closed. */
function left(sys: FakeSys): number {
  const opened = sys.calls.filter(({ call }) => ['socket', 'open', 'bpf'].includes(call)).length
  return opened - sys.calls.filter(({ call }) => call === 'close').length
}

const errnos = (...names: string[]) => names.map((name) => [name, -(errnoNumber(name) as number)] as const)
const absent = errnos('ENOSYS', 'EINVAL', 'ENOPROTOOPT', 'E2BIG')
const inconclusive = errnos('EPERM', 'EACCES', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EAGAIN')

/** the feature, the call that decides, and its name in the reason */
const bySystemCall: readonly (readonly [string, keyof FakeAnswers, string, number])[] = [
  ['network-namespaces', 'unshare', 'unshare(CLONE_NEWNET)', 0],
  ['netlink-extended-ack', 'setsockopt', 'setsockopt(SOL_NETLINK)', 0],
  ['netlink-strict-check', 'setsockopt', 'setsockopt(SOL_NETLINK)', 0],
  ['bpf', 'bpf', 'bpf(BPF_MAP_CREATE)', 1],
  ['bpf-ring-buffer', 'bpf', 'bpf(BPF_MAP_CREATE)', 1],
]

describe('kernel features', () => {
  it('have names of their own, versions and words', () => {
    expect(new Set(kernelFeatures.map(({ name }) => name)).size).toBe(kernelFeatures.length)
    for (const feature of kernelFeatures) {
      expect(feature.since).toMatch(/^\d+\.\d+$/)
      expect(feature.summary && feature.insteadOf).toMatch(/./)
    }
  })

  describe.each(bySystemCall)('%s', (name, call, words, undone) => {
    it('is there when the call answers, and leaves no descriptor', () => {
      const sys = fakeSys()
      expect(probe(name, sys)).toEqual({ available: true })
      expect(left(sys)).toBe(0)
    })

    it.each(absent)('is absent on %s', (errno, answer) => {
      const sys = fakeSys({ [call]: () => answer })
      expect(probe(name, sys)).toEqual({ available: false, reason: expect.stringContaining(`${words}: ${errno}`) })
      expect(left(sys)).toBe(undone)
    })

    it.each(inconclusive)('is unknown on %s', (errno, answer) => {
      const sys = fakeSys({ [call]: () => answer })
      const said = probe(name, sys)
      expect(said).toEqual({ unknown: expect.stringContaining(words) })
      expect(said).toEqual({ unknown: expect.stringContaining(errno) })
      expect(left(sys)).toBe(undone)
    })
  })

  it('of netlink ask for the option on a socket of their own', () => {
    const sys = fakeSys()
    probe('netlink-strict-check', sys)
    expect(sys.calls).toEqual([
      { call: 'socket', args: [AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0] },
      { call: 'setsockopt', args: [100, SOL_NETLINK, 12, Uint8Array.of(1, 0, 0, 0)] },
      { call: 'close', args: [100] },
    ])
    expect(probe('netlink-strict-check', fakeSys({ socket: () => -97 }))).toEqual({
      available: false,
      reason: 'socket(AF_NETLINK): EAFNOSUPPORT',
    })
  })

  it('of bpf make a map of the type', () => {
    const sys = fakeSys()
    probe('bpf-ring-buffer', sys)
    const [command, attr] = (sys.calls[0]?.args ?? []) as [number, Uint8Array]
    expect(command).toBe(0)
    expect([...new Uint32Array(attr.buffer, 0, 4)]).toEqual([27, 0, 0, 4096])
  })

  it('of namespaces come home', () => {
    const sys = fakeSys()
    probe('network-namespaces', sys)
    const home = sys.calls[0]
    expect(home?.call).toBe('open')
    expect(sys.calls).toContainEqual({ call: 'unshare', args: [CLONE_NEWNET] })
    expect(sys.calls).toContainEqual({ call: 'setns', args: [100, CLONE_NEWNET] })
    expect(probe('network-namespaces', fakeSys({ open: () => -(errnoNumber('EMFILE') as number) }))).toHaveProperty('unknown')
  })

  it.each(['btf', 'bpffs', 'cgroup2'])('%s is looked up in the file system, without a call', (name) => {
    const sys = fakeSys()
    const said = probe(name, sys)
    if ('unknown' in said) expect(said.unknown).toMatch(/^E/)
    else if (!said.available) expect(said.reason).toMatch(/^no /)
    expect(sys.calls).toEqual([])
  })
})

describe('cgroup2Path', () => {
  it.each([
    ['the unified layout', 'proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n', '/sys/fs/cgroup'],
    [
      'the hybrid layout',
      'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n',
      '/sys/fs/cgroup/unified',
    ],
    ['a path with white space and a backslash', 'none /mnt/my\\040cgroups\\011\\134 cgroup2 rw 0 0\n', '/mnt/my cgroups\t\\'],
    ['the first of several', 'a /one cgroup2 rw 0 0\nb /two cgroup2 rw 0 0\n', '/one'],
    ['the old layout', 'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n', undefined],
    ['only the name of it', 'cgroup2 /mnt tmpfs rw 0 0\n', undefined],
    ['nothing', '', undefined],
  ])('reads %s', (_, mounts, path) => {
    expect(cgroup2Path(mounts)).toBe(path)
  })
})
