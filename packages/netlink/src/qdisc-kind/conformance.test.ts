import { describe, expect, it } from 'vitest'
import { WireFault, Writer } from '../wire/index.js'
import { findQdiscKind, type OptionForm, type QdiscKind, qdiscKinds } from './index.js'

/** For each form: options as people give them, and what is read back. */
const samples: Readonly<Record<string, { give: object; back: object }>> = {
  'pfifo options': { give: { limit: 77 }, back: { limit: 77 } },
  'bfifo options': { give: { limit: 77_000 }, back: { limit: 77_000 } },
  'fq options': { give: { limit: 1000, pacing: false, bucketsLog: 8 }, back: { limit: 1000, pacing: false, bucketsLog: 8 } },
  'fq_codel options': { give: { limit: 1000, ecn: true, flows: 512 }, back: { limit: 1000, ecn: true, flows: 512 } },
  'htb options': {
    give: { defaultClass: 0x10, directQueueLength: 5 },
    back: { defaultClass: 0x10, rateToQuantum: 10, directQueueLength: 5 },
  },
  'htb classOptions': {
    give: {
      rateBytesPerSecond: 125_000,
      ceilBytesPerSecond: 5_000_000_000n,
      burstBytes: 4000,
      ceilBurstBytes: 64_000,
      quantumBytes: 3000,
      priority: 3,
    },
    back: {
      rateBytesPerSecond: 125_000n,
      ceilBytesPerSecond: 5_000_000_000n,
      burstBytes: 4000,
      ceilBurstBytes: 64_000,
      quantumBytes: 3000,
      priority: 3,
    },
  },
  'tbf options': {
    give: { rateBytesPerSecond: 1_000_000, burstBytes: 10_000, limitBytes: 100_000, peakRateBytesPerSecond: 2_000_000, mtuBytes: 1600 },
    back: { rateBytesPerSecond: 1_000_000n, burstBytes: 10_000, limitBytes: 100_000, peakRateBytesPerSecond: 2_000_000n, mtuBytes: 1600 },
  },
}

const forms = (Object.values(qdiscKinds) as QdiscKind[]).flatMap((kind) =>
  (['options', 'classOptions'] as const).flatMap((form) =>
    kind[form] === undefined ? [] : [[`${kind.kind} ${form}`, kind[form] as OptionForm<any>] as const],
  ),
)

describe.each(Object.entries(qdiscKinds) as [string, QdiscKind][])('qdiscs of kind %s', (name, kind) => {
  it('are found by the name that the kernel knows, and say which kernel has them', () => {
    expect(kind.kind).toBe(name)
    expect(findQdiscKind(name)).toBe(kind)
    expect(kind.since).toMatch(/^\d\.\d+$/)
    expect(kind.config).toMatch(/^CONFIG_[A-Z0-9_]+$/)
  })
})

describe.each(forms)('%s', (name, form) => {
  const sample = samples[name]

  it('go to the wire and come back', () => {
    if (sample === undefined) throw new Error(`no sample of ${name}`)
    const out = new Writer()
    form.wire.write(out, form.toWire(sample.give), {})
    const bytes = out.take()
    expect(form.fromWire(form.wire.read(bytes, 0, bytes.length, {}))).toEqual(sample.back)
  })

  it('are read from what a kernel may leave out', () => {
    try {
      expect(form.fromWire(form.wire.read(new Uint8Array(0), 0, 0, {}))).toBeTypeOf('object')
    } catch (reason) {
      expect(reason).toBeInstanceOf(WireFault)
    }
  })
})

describe('other qdiscs', () => {
  it('are not found', () => {
    expect(findQdiscKind('cbq')).toBeUndefined()
    expect(findQdiscKind('toString')).toBeUndefined()
  })
})

describe('a fifo', () => {
  it('without a limit has no options at all: the kernel takes the queue length of the link', () => {
    expect(qdiscKinds.pfifo.options?.toWire({} as never)).toBeUndefined()
    expect(qdiscKinds.bfifo.options?.toWire({ limit: 0 })).toEqual({ limit: 0 })
  })
})
