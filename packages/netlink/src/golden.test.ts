import { readdirSync, readFileSync } from 'node:fs'
import { Ipv4, Ipv6, Mac } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import { messageKindOf, messageTypeName } from './route/message-kinds.js'
import { NLMSG_HDRLEN, readMessage, u16, u32, Writer, writeMessage } from './wire/index.js'

const directory = new URL('../testdata/golden/', import.meta.url)
const names = readdirSync(directory)
  .filter((file) => file.endsWith('.hex'))
  .map((file) => file.slice(0, -4))

/** iproute2 leaves what was on its stack in the padding of these; we write zeros, and every other byte must be the same. */
const PADDED_WITH_RUBBISH = /^route6?-add-(encap-|metrics$)/

/** Remembers where the padding between attributes is. */
class PaddingWriter extends Writer {
  readonly padding: number[] = []

  override close(at: number): void {
    const from = this.length
    super.close(at)
    for (let position = from; position < this.length; position++) this.padding.push(position)
  }
}

export function goldenBytes(name: string): Uint8Array {
  const text = readFileSync(new URL(`${name}.hex`, directory), 'utf8')
  const hex = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join(' ')
  return Uint8Array.from(hex.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16))
}

function shown(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return value
}

describe('bytes captured from iproute2 and the kernel', () => {
  it('say where they are from', () => {
    expect(names.length).toBeGreaterThan(150)
    for (const name of names)
      expect(readFileSync(new URL(`${name}.hex`, directory), 'utf8')).toMatch(
        /^# command: (ip|tc|bridge) .+\n# with: ip utility, iproute2-\S+.*\n# kernel: \d+\.\d+\S*\n# date: \d{4}-\d\d-\d\d\n/,
      )
  })

  it('are of every kind of message', () => {
    const seen = new Set(names.map((name) => messageTypeName(u16(goldenBytes(name), 4))))
    for (const type of ['LINK', 'ADDR', 'ROUTE', 'RULE', 'NEIGH', 'QDISC', 'TCLASS', 'TFILTER'])
      expect([...seen]).toEqual(expect.arrayContaining([`RTM_NEW${type}`, `RTM_DEL${type}`]))
    expect(seen).toContain('RTM_NEWNSID')
  })

  it.each(names)('%s is decoded and encoded to the same bytes', async (name) => {
    const bytes = goldenBytes(name)
    const kind = messageKindOf(u16(bytes, 4))
    expect(kind).toBeDefined()
    if (kind === undefined) return
    const message = readMessage(kind, bytes, NLMSG_HDRLEN, bytes.length)
    await expect(`${JSON.stringify({ type: messageTypeName(u16(bytes, 4)), ...message }, shown, 2)}\n`).toMatchFileSnapshot(
      new URL(`${name}.json`, directory).pathname,
    )
    const out = new PaddingWriter()
    writeMessage(out, kind, u16(bytes, 4), u16(bytes, 6), u32(bytes, 8), message)
    const ours = out.take()
    const theirs = bytes.slice()
    // the port of a reply is the transport's, not the message's
    theirs.fill(0, 12, 16)
    if (PADDED_WITH_RUBBISH.test(name)) for (const at of out.padding) theirs[at] = 0
    expect(Buffer.from(ours.subarray(0, bytes.length)).toString('hex')).toBe(Buffer.from(theirs).toString('hex'))
  })
})

describe('addresses in decoded messages', () => {
  it('are values, not bytes', () => {
    const bytes = goldenBytes('neighbour-add')
    const kind = messageKindOf(u16(bytes, 4))
    if (kind === undefined) throw new Error('no kind')
    const { attributes } = readMessage(kind, bytes, NLMSG_HDRLEN, bytes.length) as { attributes: Record<string, unknown> }
    expect(attributes.destination).toBeInstanceOf(Ipv4)
    expect(attributes.hardwareAddress).toBeInstanceOf(Mac)
    expect(Ipv6.ANY.family).toBe(6)
  })
})
