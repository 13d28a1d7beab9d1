import {
  attribute,
  attributeSet,
  boolCodec,
  bytesCodec,
  type Codec,
  InputFault,
  type InputsOf,
  irregular,
  u8Codec,
  u32Codec,
} from '../wire/index.js'
import { direct, qdiscKind } from './qdisc-kind.js'

/** A yes or no in four bytes. A number above 1 reads as true and is kept. */
const u32Bool: Codec<boolean> = {
  read(bytes, start, end, parent) {
    const number = u32Codec().read(bytes, start, end, parent)
    if (number > 1) irregular.met = true
    return number !== 0
  },
  write(out, value) {
    if (typeof value !== 'boolean') throw new InputFault(`${String(value)} is not true or false`, '', 'Give true or false.')
    out.u32(value ? 1 : 0)
  },
}

/**
 * Fair queueing with pacing (earliest departure time). Rates in bytes per second, delays and horizon in microseconds,
 * limits in packets, quanta in bytes. Source: linux/pkt_sched.h TCA_FQ_*, tc-fq(8).
 */
export const fqOptions = attributeSet({
  limit: attribute(1, u32Codec()),
  flowLimit: attribute(2, u32Codec()),
  quantum: attribute(3, u32Codec()),
  initialQuantum: attribute(4, u32Codec()),
  pacing: attribute(5, u32Bool),
  flowDefaultRate: attribute(6, u32Codec()),
  flowMaxRate: attribute(7, u32Codec()),
  bucketsLog: attribute(8, u32Codec(18, 1)),
  refillDelay: attribute(9, u32Codec()),
  orphanMask: attribute(10, u32Codec()),
  lowRateThreshold: attribute(11, u32Codec()),
  ceThreshold: attribute(12, u32Codec()),
  timerSlack: attribute(13, u32Codec()),
  horizon: attribute(14, u32Codec()),
  horizonDrop: attribute(15, boolCodec()),
  priorityMap: attribute(16, bytesCodec()),
  weights: attribute(17, bytesCodec(12)),
  offloadHorizon: attribute(18, u32Codec()),
})

export const fq = qdiscKind({
  kind: 'fq',
  options: direct<(typeof fqOptions)['table'], InputsOf<(typeof fqOptions)['table']>>(fqOptions),
  since: '3.12',
  config: 'CONFIG_NET_SCH_FQ',
})

/**
 * Fair queueing with controlled delay (RFC 8290). `target`, `interval` and `ceThreshold` in microseconds.
 * Source: linux/pkt_sched.h TCA_FQ_CODEL_*, tc-fq_codel(8).
 */
export const fqCodelOptions = attributeSet({
  target: attribute(1, u32Codec()),
  limit: attribute(2, u32Codec()),
  interval: attribute(3, u32Codec()),
  ecn: attribute(4, u32Bool),
  flows: attribute(5, u32Codec(65536, 1)),
  quantum: attribute(6, u32Codec()),
  ceThreshold: attribute(7, u32Codec()),
  dropBatchSize: attribute(8, u32Codec()),
  memoryLimit: attribute(9, u32Codec()),
  ceThresholdSelector: attribute(10, u8Codec()),
  ceThresholdMask: attribute(11, u8Codec()),
})

export const fqCodel = qdiscKind({
  kind: 'fq_codel',
  options: direct<(typeof fqCodelOptions)['table'], InputsOf<(typeof fqCodelOptions)['table']>>(fqCodelOptions),
  since: '3.5',
  config: 'CONFIG_NET_SCH_FQ_CODEL',
})
