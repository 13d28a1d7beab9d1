import { readFileSync, statfsSync, statSync } from 'node:fs'
import { errnoName } from './errno.js'
import type { Feature, Probe } from './feature.js'
import { anonymousNetns } from './netns.js'
import { AF_NETLINK, SOCK_CLOEXEC, SOCK_RAW, SOL_NETLINK, type Sys } from './sys.js'

/** Source: linux/bpf.h, linux/netlink.h, linux/magic.h. */
const BPF_MAP_CREATE = 0
const BPF_MAP_TYPE_ARRAY = 2
const BPF_MAP_TYPE_RINGBUF = 27
const NETLINK_EXT_ACK = 11
const NETLINK_GET_STRICT_CHK = 12
const BPF_FS_MAGIC = 0xcafe4a11

/** Refusals that say nothing about the kernel: no permission, or something is used up at the moment. */
const INCONCLUSIVE: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EAGAIN'])

function outcome(answer: number, call: string): Probe {
  if (answer >= 0) return { available: true }
  const name = errnoName(-answer)
  return INCONCLUSIVE.has(name) ? { unknown: `${call}: ${name}` } : { available: false, reason: `${call}: ${name}` }
}

function mapCreate(type: number, keySize: number, valueSize: number, entries: number) {
  return (sys: Sys): Probe => {
    const attr = new Uint8Array(72)
    new Uint32Array(attr.buffer).set([type, keySize, valueSize, entries])
    const fd = sys.bpf(BPF_MAP_CREATE, attr)
    if (fd >= 0) sys.close(fd)
    return outcome(fd, 'bpf(BPF_MAP_CREATE)')
  }
}

function netlinkOption(option: number) {
  return (sys: Sys): Probe => {
    const fd = sys.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0)
    if (fd < 0) return outcome(fd, 'socket(AF_NETLINK)')
    const answer = sys.setsockopt(fd, SOL_NETLINK, option, new Uint8Array([1, 0, 0, 0]))
    sys.close(fd)
    return outcome(answer, 'setsockopt(SOL_NETLINK)')
  }
}

function tried(run: () => boolean, lacking: string): Probe {
  try {
    return run() ? { available: true } : { available: false, reason: lacking }
  } catch (reason) {
    const code = (reason as { code?: string }).code ?? String(reason)
    return INCONCLUSIVE.has(code) ? { unknown: code } : { available: false, reason: `${lacking} (${code})` }
  }
}

/** Where the unified cgroup hierarchy is mounted: not always at /sys/fs/cgroup. Undefined when it is not. */
export function cgroup2Path(mounts: string = readFileSync('/proc/self/mounts', 'utf8')): string | undefined {
  const path = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1]
  // white space and backslashes stand there in octal: proc_pid_mounts(5), getmntent(3)
  return path?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** Every feature that is reached by plain system calls. */
export const kernelFeatures: readonly Feature[] = [
  {
    name: 'network-namespaces',
    since: '3.0',
    summary: 'namespaces made and entered by this process',
    insteadOf: 'the namespace of the process only',
    probe(sys) {
      const netns = anonymousNetns(sys)
      if (netns.isOk()) {
        netns.value.close()
        return { available: true }
      }
      const { message } = netns.error
      const inconclusive = 'errnoName' in netns.error && INCONCLUSIVE.has(netns.error.errnoName)
      return inconclusive ? { unknown: message } : { available: false, reason: message }
    },
  },
  {
    name: 'netlink-extended-ack',
    since: '4.12',
    summary: "the kernel's own words with a refusal",
    insteadOf: 'the errno alone',
    probe: netlinkOption(NETLINK_EXT_ACK),
  },
  {
    name: 'netlink-strict-check',
    since: '4.20',
    summary: 'unknown attributes refused, dumps filtered by the kernel',
    insteadOf: 'filtering after the dump',
    probe: netlinkOption(NETLINK_GET_STRICT_CHK),
  },
  {
    name: 'bpf',
    since: '4.4',
    summary: 'eBPF maps made by this process',
    insteadOf: 'nothing: the datapath needs it',
    probe: mapCreate(BPF_MAP_TYPE_ARRAY, 4, 8, 1),
  },
  {
    name: 'bpf-ring-buffer',
    since: '5.8',
    summary: 'events from programs through one shared ring',
    insteadOf: 'nothing: flow visibility needs it',
    probe: mapCreate(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096),
  },
  {
    name: 'btf',
    since: '5.4',
    summary: "the kernel's own types, for programs that adapt to it",
    insteadOf: 'nothing: the datapath needs it',
    probe: () => tried(() => statSync('/sys/kernel/btf/vmlinux').size > 0, 'no /sys/kernel/btf/vmlinux'),
  },
  {
    name: 'bpffs',
    since: '4.4',
    summary: 'programs and maps that outlive the process',
    insteadOf: 'mount it: mount -t bpf bpf /sys/fs/bpf',
    probe: () => tried(() => statfsSync('/sys/fs/bpf').type === BPF_FS_MAGIC, 'no bpf file system at /sys/fs/bpf'),
  },
  {
    name: 'cgroup2',
    since: '4.5',
    summary: 'the unified hierarchy, for programs on sockets',
    insteadOf: 'load balancing per packet instead of per connection',
    probe: () => tried(() => cgroup2Path() !== undefined, 'no cgroup2 file system is mounted'),
  },
]
