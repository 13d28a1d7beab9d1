import { findFilterKind } from '../filter-kind/index.js'
import { findQdiscKind } from '../qdisc-kind/index.js'
import {
  attribute,
  attributeSet,
  bytesCodec,
  type Codec,
  chosen,
  late,
  messageKind,
  s32Codec,
  struct,
  textCodec,
  u8Codec,
  u16Codec,
  u32Codec,
  u64Codec,
} from '../wire/index.js'

/** Source: linux/rtnetlink.h. */
export const RTM_NEWQDISC = 36
export const RTM_DELQDISC = 37
export const RTM_GETQDISC = 38
export const RTM_NEWTCLASS = 40
export const RTM_DELTCLASS = 41
export const RTM_GETTCLASS = 42
export const RTM_NEWTFILTER = 44
export const RTM_DELTFILTER = 45
export const RTM_GETTFILTER = 46

/** struct tcmsg. `info` of a filter is its priority (high 16 bits) and protocol (low, big-endian). */
const header = struct([
  ['family', u8Codec(), 1],
  ['_pad1', u8Codec(), 1],
  ['_pad2', u16Codec(), 2],
  ['index', s32Codec(), 4],
  ['handle', u32Codec(), 4],
  ['parent', u32Codec(), 4],
  ['info', u32Codec(), 4],
])

/** Source: linux/gen_stats.h TCA_STATS_*. */
const statistics = attributeSet({
  basic: attribute(
    1,
    struct(
      [
        ['bytes', u64Codec(), 8],
        ['packets', u32Codec(), 4],
        ['_pad', u32Codec(), 4],
      ],
      12,
    ),
  ),
  queue: attribute(
    3,
    struct([
      ['queueLength', u32Codec(), 4],
      ['backlog', u32Codec(), 4],
      ['drops', u32Codec(), 4],
      ['requeues', u32Codec(), 4],
      ['overlimits', u32Codec(), 4],
    ]),
  ),
  application: attribute(4, bytesCodec()),
  packets64: attribute(8, u64Codec()),
})

function attributes(optionsOf: (kind: string) => Codec<any, any> | undefined) {
  return attributeSet({
    kind: attribute(1, textCodec(15, 1)),
    options: late(
      attribute(
        2,
        chosen<any, any>((parent) => {
          const kind = (parent as { kind?: unknown }).kind
          return typeof kind === 'string' ? optionsOf(kind) : undefined
        }),
      ),
    ),
    statistics32: attribute(3, bytesCodec()),
    applicationStatistics: attribute(4, bytesCodec()),
    statistics: attribute(7, statistics),
    chain: attribute(11, u32Codec()),
    hardwareOffload: attribute(12, u8Codec()),
    ingressBlock: attribute(13, u32Codec()),
    egressBlock: attribute(14, u32Codec()),
  })
}

export const qdiscMessage = messageKind(
  'qdisc',
  { RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC },
  header,
  attributes((kind) => findQdiscKind(kind)?.options?.wire),
)

export const classMessage = messageKind(
  'class',
  { RTM_NEWTCLASS, RTM_DELTCLASS, RTM_GETTCLASS },
  header,
  attributes((kind) => findQdiscKind(kind)?.classOptions?.wire),
)

export const filterMessage = messageKind(
  'filter',
  { RTM_NEWTFILTER, RTM_DELTFILTER, RTM_GETTFILTER },
  header,
  attributes((kind) => findFilterKind(kind)),
)
