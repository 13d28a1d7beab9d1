import type { Feature, Probe, Sys } from '@axoneme/sys'
import { concat, encode, encodeLoad64, returning } from '../asm/encode.js'
import { BPF_PSEUDO_KFUNC_CALL, BPF_PSEUDO_MAP_VALUE, CALL, EXIT } from '../asm/instruction.js'
import { BPF_F_MMAPABLE, BPF_F_RDONLY_PROG } from '../spec/map-type.js'
import { BPF_F_XDP_HAS_FRAGS } from '../spec/program-section.js'
import { Attr } from '../syscall/attr.js'
import { probeHelper } from './helpers.js'
import { type MapTry, mapCreate } from './map-create.js'
import { AVAILABLE, loads, outcome, refusal } from './outcome.js'

/** opcodes of the tries */
const MOV64 = 0xb7
const ADD64 = 0x07
const JLT = 0xa5
const KTIME_GET_COARSE_NS = 160

function withMap(sys: Sys, map: MapTry, run: (fd: number) => Probe): Probe {
  const fd = mapCreate(sys, map)
  if (fd < 0) return refusal(-fd, 'bpf(BPF_MAP_CREATE)')
  try {
    return run(fd)
  } finally {
    sys.close(fd)
  }
}

function batch(sys: Sys): Probe {
  return withMap(sys, { type: 'hash' }, (fd) => {
    const [key, value] = [new Uint8Array(4), new Uint8Array(4)]
    const attr = new Attr(sys, 56).pointer(16, key).pointer(24, value).u32(32, 1).u32(36, fd)
    const answer = attr.call('MAP_UPDATE_BATCH')
    return answer < 0 ? refusal(-answer, 'bpf(BPF_MAP_UPDATE_BATCH)') : AVAILABLE
  })
}

function globalData(sys: Sys): Probe {
  return withMap(sys, { type: 'array' }, (fd) =>
    loads(sys, {
      type: 'socket_filter',
      instructions: concat([encodeLoad64(1, BigInt(fd), BPF_PSEUDO_MAP_VALUE), returning(0)]),
    }),
  )
}

function freeze(sys: Sys): Probe {
  return withMap(sys, { type: 'array', flags: BPF_F_RDONLY_PROG }, (fd) => {
    const answer = new Attr(sys, 4).u32(0, fd).call('MAP_FREEZE')
    return answer < 0 ? refusal(-answer, 'bpf(BPF_MAP_FREEZE)') : AVAILABLE
  })
}

const loop = concat([encode(MOV64, 0), encode(ADD64, 0, 0, 0, 1), encode(JLT, 0, 0, -2, 8), encode(EXIT)])
const kfuncCall = (module: number): Uint8Array => concat([encode(CALL, 0, BPF_PSEUDO_KFUNC_CALL, module, 1), encode(EXIT)])

/** What else decides how objects are loaded and used. */
export const otherFeatures = {
  globalData: {
    name: 'global-data',
    since: '5.2',
    summary: 'global variables of programs',
    insteadOf: 'refused, naming the variable',
    probe: globalData,
  },
  frozenMaps: {
    name: 'frozen-maps',
    since: '5.2',
    summary: 'constants that the verifier knows (.rodata)',
    insteadOf: 'maps that stay writable',
    probe: freeze,
  },
  boundedLoops: {
    name: 'bounded-loops',
    since: '5.3',
    summary: 'loops whose end the verifier can see',
    insteadOf: 'unrolled loops',
    probe: (sys) => loads(sys, { type: 'socket_filter', instructions: loop }),
  },
  mmapableArrays: {
    name: 'mmapable-arrays',
    since: '5.5',
    summary: 'arrays that user space maps into its memory',
    insteadOf: 'a call for each look',
    probe: (sys) => outcome(sys, mapCreate(sys, { type: 'array', flags: BPF_F_MMAPABLE }), 'bpf(BPF_MAP_CREATE)'),
  },
  mapBatch: {
    name: 'map-batch',
    since: '5.6',
    summary: 'many entries of a map in one call',
    insteadOf: 'a call for each entry',
    probe: batch,
  },
  statistics: {
    name: 'bpf-statistics',
    since: '5.8',
    summary: 'runs and time of programs, counted on demand',
    insteadOf: 'the sysctl kernel.bpf_stats_enabled',
    probe: (sys) => outcome(sys, new Attr(sys, 4).call('ENABLE_STATS'), 'bpf(BPF_ENABLE_STATS)'),
  },
  memcg: {
    name: 'bpf-memcg',
    since: '5.11',
    summary: 'memory of maps charged to the cgroup',
    insteadOf: 'RLIMIT_MEMLOCK, raised by whoever starts the process',
    // no call tells; this helper came with the same release
    probe: (sys) => probeHelper(sys, 'socket_filter', KTIME_GET_COARSE_NS),
  },
  kfuncCalls: {
    name: 'kfunc-call',
    since: '5.13',
    summary: 'functions of the kernel called by programs',
    insteadOf: 'helpers',
    // type 1 of the kernel's BTF is no function; older kernels complain about the instruction instead
    probe: (sys) => loads(sys, { type: 'sched_cls', instructions: kfuncCall(0) }, /btf_id 1 is not a function|not allowed/),
  },
  moduleKfuncs: {
    name: 'kfunc-module',
    since: '5.16',
    summary: 'functions of modules called by programs',
    insteadOf: 'functions that the kernel itself has',
    probe: (sys) => loads(sys, { type: 'sched_cls', instructions: kfuncCall(1) }, /fd_array|module BTF/),
  },
  xdpFrags: {
    name: 'xdp-frags',
    since: '5.18',
    summary: 'XDP on packets of several buffers (jumbo frames)',
    insteadOf: 'XDP on links whose MTU fits one page',
    probe: (sys) => loads(sys, { type: 'xdp', instructions: returning(2), flags: BPF_F_XDP_HAS_FRAGS }),
  },
} as const satisfies Record<string, Feature>
