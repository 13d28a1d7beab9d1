import { Err, Errno, type InputInvalid, inputInvalid, type Netns, Ok, type Result, type Sys } from '@axoneme/sys'
import { type BpfCallError, refused } from '../errors.js'
import { inNetns } from '../in-netns.js'
import type { ProgramType } from '../spec/program-section.js'
import { Attr } from '../syscall/attr.js'
import { type ContextLayout, type ContextOf, contextLayout } from './context.js'

/** How a program is run by hand. */
export interface TestRun<T extends ProgramType = ProgramType> {
  /** the packet, from its Ethernet header on (at least 14 bytes); programs without a packet take none */
  readonly data?: Uint8Array
  /** what the program sees besides; absent: zeros */
  readonly context?: ContextOf<T>
  /** how often, with the same data; the duration is the mean. Each run sees what the one before left. Not for syscall programs */
  readonly repeat?: number
  /** runs on that CPU: raw tracepoint programs only */
  readonly cpu?: number
  /** XDP: sends the packets on as if they had come from the link that the context names; nothing is given back. Linux 5.18 */
  readonly liveFrames?: boolean
  /** how many live frames are in flight, up to 256 */
  readonly batchSize?: number
  /** the packet has a complete checksum. Linux 6.14 */
  readonly checksumComplete?: boolean
  /** room for the packet afterwards; absent: what was given and 4096 bytes more */
  readonly dataOutBytes?: number
  /** where links of the context are looked up, and `bpf_fib_lookup` and its kin look; absent: the caller's */
  readonly netns?: Netns
}

export interface TestRunOutcome<T extends ProgramType = ProgramType> {
  /** what the program returned, as an unsigned number: TC_ACT_UNSPEC is 0xffffffff */
  readonly returnValue: number
  /** the packet afterwards; empty without one */
  readonly data: Uint8Array
  /** the context afterwards; undefined when none was given */
  readonly context: ContextOf<T> | undefined
  /** of one run, the mean; 0 when the kernel does not measure */
  readonly durationNs: number
}

/** Offsets in union bpf_attr, the struct test. Source: linux/bpf.h */
const AT = { fd: 0, returnValue: 4, sizeIn: 8, sizeOut: 12, dataIn: 16, dataOut: 24, repeat: 32, duration: 36 } as const
const CONTEXT_AT = { sizeIn: 40, sizeOut: 44, in: 48, out: 56, flags: 64, cpu: 68, batchSize: 72 } as const
/** all of it: the kernel writes its answers whatever the size */
const SIZE = 80

/** Source: linux/bpf.h BPF_F_TEST_RUN_ON_CPU, BPF_F_TEST_XDP_LIVE_FRAMES, BPF_F_TEST_SKB_CHECKSUM_COMPLETE */
const ON_CPU = 1
const LIVE_FRAMES = 2
const CHECKSUM_COMPLETE = 4
const SPARE_BYTES = 4096

/**
 * Runs a loaded program once or more with data and context that are given.
 *
 * @source linux/bpf.h BPF_PROG_TEST_RUN, Documentation/bpf/bpf_prog_run.rst
 */
export function testRun<T extends ProgramType>(
  sys: Sys,
  fd: number,
  type: T,
  what: string,
  run: TestRun<T>,
): Result<TestRunOutcome<T>, BpfCallError> {
  const layout = contextLayout(type)
  const contextIn = contextBytes(layout, type, run)
  if (contextIn !== undefined && !(contextIn instanceof Uint8Array)) return Err(contextIn)
  // a syscall program changes its context where it stands, and takes neither packet, count nor room for answers; of the
  // others that take bytes, only sk_lookup gives them back
  const inPlace = type === 'syscall'
  const givesBack = !inPlace && run.liveFrames !== true
  const data = run.data ?? new Uint8Array(0)
  const dataOut = new Uint8Array(givesBack && data.length > 0 ? (run.dataOutBytes ?? data.length + SPARE_BYTES) : 0)
  const contextOut =
    givesBack && contextIn !== undefined && (layout !== undefined || type === 'sk_lookup') ? new Uint8Array(contextIn.length) : undefined
  const attr = new Attr(sys, SIZE)
    .u32(AT.fd, fd)
    .u32(AT.sizeIn, data.length)
    .u32(AT.sizeOut, dataOut.length)
    .pointer(AT.dataIn, data.length === 0 ? undefined : data)
    .pointer(AT.dataOut, dataOut.length === 0 ? undefined : dataOut)
    .u32(AT.repeat, run.repeat ?? 0)
    .u32(CONTEXT_AT.sizeIn, contextIn?.length ?? 0)
    .u32(CONTEXT_AT.sizeOut, contextOut?.length ?? 0)
    .pointer(CONTEXT_AT.in, contextIn)
    .pointer(CONTEXT_AT.out, contextOut)
    .u32(
      CONTEXT_AT.flags,
      (run.cpu === undefined ? 0 : ON_CPU) |
        (run.liveFrames === true ? LIVE_FRAMES : 0) |
        (run.checksumComplete === true ? CHECKSUM_COMPLETE : 0),
    )
    .u32(CONTEXT_AT.cpu, run.cpu ?? 0)
    .u32(CONTEXT_AT.batchSize, run.batchSize ?? 0)
  const answered = inNetns(sys, run.netns, () => attr.call('PROG_TEST_RUN'))
  if (answered.isErr()) return Err(answered.error)
  if (answered.value < 0) return Err(refusedRun(what, -answered.value, attr.readU32(AT.sizeOut)))
  const context = inPlace ? contextIn : contextOut
  return Ok({
    returnValue: attr.readU32(AT.returnValue),
    data: dataOut.subarray(0, Math.min(dataOut.length, attr.readU32(AT.sizeOut))),
    context: (context === undefined || layout === undefined ? context : layout.read(context)) as ContextOf<T> | undefined,
    durationNs: attr.readU32(AT.duration),
  })
}

function contextBytes<T extends ProgramType>(
  layout: ContextLayout | undefined,
  type: T,
  run: TestRun<T>,
): Uint8Array | InputInvalid | undefined {
  const { context } = run
  if (context === undefined) return undefined
  if (layout === undefined)
    return context instanceof Uint8Array
      ? // the kernel may write it: the caller's own stays as it is
        context.slice()
      : inputInvalid('context', `a program of type ${type} takes its context as bytes`, 'Give the bytes of its struct.')
  if (context instanceof Uint8Array)
    return inputInvalid('context', `a program of type ${type} takes its context as fields`, 'Give { mark: 7 } and so on.')
  // the kernel asks for the end of the packet as soon as there is a context
  const given =
    type === 'xdp' && (context as { dataEnd?: number }).dataEnd === undefined ? { ...context, dataEnd: run.data?.length ?? 0 } : context
  return layout.write(given)
}

function refusedRun(what: string, errno: number, size: number): BpfCallError {
  const hint =
    errno === Errno.ENOSPC
      ? `The packet has ${size} bytes after the run: give dataOutBytes of at least that.`
      : errno === Errno.EINVAL
        ? 'A packet needs at least 14 bytes, and what the program type has no use for must not be given: see the fields of TestRun.'
        : errno === Errno.ENODEV
          ? 'The context names a link that the namespace of the run does not have: give netns.'
          : errno === Errno.ENOTSUPP
            ? 'Programs of this type cannot be run by hand.'
            : undefined
  return refused(`test-run ${what}`, 'BPF_PROG_TEST_RUN', errno, hint)
}
