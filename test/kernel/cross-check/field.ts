import ipaddr from 'ipaddr.js'

/**
 * One fact: how we show it, how the npm package netlink does (`peer`), how ip -json does (`row`). Absent: they do not know
 * it. An answer that is undefined says that the fact is not there; SKIP that nothing can be said of this one.
 */
export interface Field<O> {
  readonly name: string
  readonly ours: (object: O) => unknown
  readonly peer?: (message: any, index: Indexes) => unknown
  readonly ip?: (row: any, index: Indexes) => unknown
  /** numbers that run on between two dumps */
  readonly tolerance?: number
}

/** Links' indexes by name. */
export type Indexes = ReadonlyMap<string, number>

export const SKIP: unique symbol = Symbol('skip')

export const hex = (value: { bytes(): Uint8Array } | Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value instanceof Uint8Array ? value : value.bytes()).toString('hex')
export const textHex = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : hex(Uint8Array.from(ipaddr.parse(text).toByteArray()))
export const macHex = (text: string | undefined): string | undefined => text?.replace(/:/g, '')
export const u32 = (buffer: Buffer | undefined): number | undefined => buffer?.readUInt32LE()
export const be16 = (buffer: Buffer | undefined): number | undefined => buffer?.readUInt16BE()
export const byte = (buffer: Buffer | undefined): number | undefined => buffer?.[0]
export const yes = (value: unknown): boolean | undefined =>
  value === undefined ? undefined : value === true || value === 1 || value === '1'
export const hexNumber = (text: unknown): number | undefined => (text === undefined ? undefined : Number(text))
/** what ip leaves out when it is the default */
export const or =
  <T>(name: string, absent: T) =>
  (row: any): unknown =>
    row[name] ?? absent

export const scopeNumber = (scope: unknown): unknown =>
  ({ universe: 0, global: 0, site: 200, link: 253, host: 254, nowhere: 255 })[scope as string] ?? scope
export const FOREVER = 0xffff_ffff

export const tableNumber = (table: unknown): unknown =>
  ({ unspecified: 0, default: 253, main: 254, local: 255 })[table as string] ?? Number(table)
export const protocolNumber = (protocol: unknown): unknown =>
  ({
    unspecified: 0,
    unspec: 0,
    UNSPEC: 0,
    REDIRECT: 1,
    redirect: 1,
    KERNEL: 2,
    kernel: 2,
    BOOT: 3,
    boot: 3,
    STATIC: 4,
    static: 4,
    RA: 9,
    ra: 9,
    bird: 12,
    BIRD: 12,
  })[protocol as string] ?? protocol
export const peerTable = (p: any): number => p.attrs.table ?? p.data.table
