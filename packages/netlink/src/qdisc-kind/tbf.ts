import { attribute, attributeSet, bytesCodec, InputFault, struct, u32Codec, u64Codec } from '../wire/index.js'
import { qdiscKind } from './qdisc-kind.js'
import { fromRate, fromTicks, rateSpec, toRate, toTicks, toU32 } from './rate.js'

/** Source: linux/pkt_sched.h struct tc_tbf_qopt, TCA_TBF_*. */
const parameters = struct([
  ['rate', rateSpec, 12],
  ['peakRate', rateSpec, 12],
  ['limit', u32Codec(), 4],
  ['buffer', u32Codec(), 4],
  ['mtu', u32Codec(), 4],
])

const wire = attributeSet({
  parameters: attribute(1, parameters),
  rateTable: attribute(2, bytesCodec()),
  peakRateTable: attribute(3, bytesCodec()),
  rate64: attribute(4, u64Codec()),
  peakRate64: attribute(5, u64Codec()),
  burst: attribute(6, u32Codec()),
  peakBurst: attribute(7, u32Codec()),
})

/** A token bucket. The kernel keeps bursts as a time in ticks of 64 ns, so that one read back may differ by some bytes. */
export interface TbfOptions {
  readonly rateBytesPerSecond: bigint | number
  readonly burstBytes: number
  /** bytes that may wait */
  readonly limitBytes: number
  readonly peakRateBytesPerSecond?: bigint | number | undefined
  /** the peak rate's bucket: at least the MTU */
  readonly mtuBytes?: number | undefined
}

/** The token bucket filter. Source: tc-tbf(8), net/sched/sch_tbf.c. */
export const tbf = qdiscKind({
  kind: 'tbf',
  options: {
    wire,
    toWire(options: TbfOptions) {
      const { rateBytesPerSecond, burstBytes, limitBytes, peakRateBytesPerSecond, mtuBytes } = options
      if (rateBytesPerSecond === undefined || burstBytes === undefined || limitBytes === undefined)
        throw new InputFault('lack one of rateBytesPerSecond, burstBytes and limitBytes', '', 'Give all three.')
      if ((peakRateBytesPerSecond === undefined) !== (mtuBytes === undefined))
        throw new InputFault('have one of peakRateBytesPerSecond and mtuBytes', '', 'Give both, or neither.')
      const rate = toRate('rateBytesPerSecond', rateBytesPerSecond)
      const peak = peakRateBytesPerSecond === undefined ? undefined : toRate('peakRateBytesPerSecond', peakRateBytesPerSecond)
      return {
        parameters: {
          rate: rate.spec,
          peakRate: peak?.spec,
          limit: toU32('limitBytes', limitBytes),
          buffer: toTicks('burstBytes', burstBytes, rateBytesPerSecond),
          mtu: peakRateBytesPerSecond === undefined ? 0 : toTicks('mtuBytes', mtuBytes ?? 0, peakRateBytesPerSecond),
        },
        rate64: rate.rate64,
        peakRate64: peak?.rate64,
        burst: burstBytes,
        peakBurst: mtuBytes,
      }
    },
    fromWire(value: ReturnType<typeof wire.read>): TbfOptions {
      const rate = fromRate(value.parameters?.rate, value.rate64)
      const peak = fromRate(value.parameters?.peakRate, value.peakRate64)
      return {
        rateBytesPerSecond: rate,
        burstBytes: fromTicks(value.parameters?.buffer ?? 0, rate),
        limitBytes: value.parameters?.limit ?? 0,
        ...(peak === 0n ? {} : { peakRateBytesPerSecond: peak, mtuBytes: fromTicks(value.parameters?.mtu ?? 0, peak) }),
      }
    },
  },
  since: '3.0',
  config: 'CONFIG_NET_SCH_TBF',
})
