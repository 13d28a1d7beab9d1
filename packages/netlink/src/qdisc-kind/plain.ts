import { struct, u32Codec } from '../wire/index.js'
import { qdiscKind } from './qdisc-kind.js'

/** The hook for filters on both directions, without a queue. Source: tc-bpf(8), net/sched/sch_ingress.c. */
export const clsact = qdiscKind({ kind: 'clsact', options: undefined, since: '4.5', config: 'CONFIG_NET_SCH_INGRESS' })

/** The hook for filters on what comes in. */
export const ingress = qdiscKind({ kind: 'ingress', options: undefined, since: '3.0', config: 'CONFIG_NET_SCH_INGRESS' })

/** No queue: a packet goes at once. */
export const noqueue = qdiscKind({ kind: 'noqueue', options: undefined, since: '4.2', config: 'CONFIG_NET_SCHED' })

/** One queue of each of a device's transmit queues. */
export const mq = qdiscKind({ kind: 'mq', options: undefined, since: '3.0', config: 'CONFIG_NET_SCHED' })

/** A queue in order of arrival. */
export interface FifoOptions {
  /** packets for pfifo, bytes for bfifo */
  readonly limit: number
}

const fifoOptions = {
  wire: struct([['limit', u32Codec(), 4]]),
  // without a limit the kernel takes the link's queue length; a limit of 0 would let nothing through
  toWire: (options: Partial<FifoOptions>) => (Object.keys(options).length === 0 ? undefined : options),
  fromWire: (wire: FifoOptions) => wire,
}

export const pfifo = qdiscKind({ kind: 'pfifo', options: fifoOptions, since: '3.0', config: 'CONFIG_NET_SCHED' })
export const bfifo = qdiscKind({ kind: 'bfifo', options: fifoOptions, since: '3.0', config: 'CONFIG_NET_SCHED' })
