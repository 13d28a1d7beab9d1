import { attribute, attributeSet, bytesCodec, flagCodec, InputFault, struct, u32Codec, u64Codec } from '../wire/index.js'
import { qdiscKind } from './qdisc-kind.js'
import { fromRate, fromTicks, rateSpec, toRate, toTicks, toU32 } from './rate.js'

/** Source: linux/pkt_sched.h struct tc_htb_glob, tc_htb_opt, TCA_HTB_*. */
const init = struct([
  ['version', u32Codec(), 4],
  ['rateToQuantum', u32Codec(), 4],
  ['defaultClass', u32Codec(), 4],
  ['debug', u32Codec(), 4],
  ['directPackets', u32Codec(), 4],
])
const parameters = struct([
  ['rate', rateSpec, 12],
  ['ceil', rateSpec, 12],
  ['buffer', u32Codec(), 4],
  ['ceilBuffer', u32Codec(), 4],
  ['quantum', u32Codec(), 4],
  ['level', u32Codec(), 4],
  ['priority', u32Codec(), 4],
])

/** One table for the qdisc and its classes, as in the kernel. */
const wire = attributeSet({
  parameters: attribute(1, parameters),
  init: attribute(2, init),
  ceilTable: attribute(3, bytesCodec()),
  rateTable: attribute(4, bytesCodec()),
  directQueueLength: attribute(5, u32Codec()),
  rate64: attribute(6, u64Codec()),
  ceil64: attribute(7, u64Codec()),
  offload: attribute(9, flagCodec()),
})

/** Hierarchical token buckets. */
export interface HtbOptions {
  /** the minor number of the class that takes what no filter classifies; 0: such packets are not shaped */
  readonly defaultClass?: number | undefined
  /** a class without a quantum gets its rate divided by this */
  readonly rateToQuantum?: number | undefined
  readonly directQueueLength?: number | undefined
}

/** A class of htb: what it is guaranteed, what it may borrow up to. Bursts read back may differ by some bytes. */
export interface HtbClassOptions {
  readonly rateBytesPerSecond: bigint | number
  /** absent: the rate */
  readonly ceilBytesPerSecond?: bigint | number | undefined
  /** absent: 1600 bytes, and what the rate sends in a millisecond */
  readonly burstBytes?: number | undefined
  readonly ceilBurstBytes?: number | undefined
  readonly quantumBytes?: number | undefined
  /** 0 (first served) to 7 */
  readonly priority?: number | undefined
}

/** What tc(8) uses: a full frame and a tick's worth of the rate. */
function defaultBurst(bytesPerSecond: bigint | number): number {
  return 1600 + Math.floor(Number(bytesPerSecond) / 1000)
}

/** Source: tc-htb(8), net/sched/sch_htb.c. */
export const htb = qdiscKind({
  kind: 'htb',
  options: {
    wire,
    toWire: (options: HtbOptions) => ({
      init: {
        version: 3,
        rateToQuantum: toU32('rateToQuantum', options.rateToQuantum ?? 10),
        defaultClass: toU32('defaultClass', options.defaultClass ?? 0),
      },
      directQueueLength: options.directQueueLength,
    }),
    fromWire: (value: ReturnType<typeof wire.read>): HtbOptions => ({
      defaultClass: value.init?.defaultClass ?? 0,
      rateToQuantum: value.init?.rateToQuantum ?? 0,
      ...(value.directQueueLength === undefined ? {} : { directQueueLength: value.directQueueLength }),
    }),
  },
  classOptions: {
    wire,
    toWire(options: HtbClassOptions) {
      const rateBytes = options.rateBytesPerSecond
      if (rateBytes === undefined)
        throw new InputFault('is missing', 'rateBytesPerSecond', 'A class is made with the rate that it is guaranteed.')
      const ceilBytes = options.ceilBytesPerSecond ?? rateBytes
      const rate = toRate('rateBytesPerSecond', rateBytes)
      const ceil = toRate('ceilBytesPerSecond', ceilBytes)
      return {
        rate64: rate.rate64,
        ceil64: ceil.rate64,
        parameters: {
          rate: rate.spec,
          ceil: ceil.spec,
          buffer: toTicks('burstBytes', options.burstBytes ?? defaultBurst(rateBytes), rateBytes),
          ceilBuffer: toTicks('ceilBurstBytes', options.ceilBurstBytes ?? defaultBurst(ceilBytes), ceilBytes),
          quantum: toU32('quantumBytes', options.quantumBytes ?? 0),
          priority: toU32('priority', options.priority ?? 0, 7),
        },
      }
    },
    fromWire(value: ReturnType<typeof wire.read>): HtbClassOptions {
      const rate = fromRate(value.parameters?.rate, value.rate64)
      const ceil = fromRate(value.parameters?.ceil, value.ceil64)
      return {
        rateBytesPerSecond: rate,
        ceilBytesPerSecond: ceil,
        burstBytes: fromTicks(value.parameters?.buffer ?? 0, rate),
        ceilBurstBytes: fromTicks(value.parameters?.ceilBuffer ?? 0, ceil),
        quantumBytes: value.parameters?.quantum ?? 0,
        priority: value.parameters?.priority ?? 0,
      }
    },
  },
  since: '3.0',
  config: 'CONFIG_NET_SCH_HTB',
})
