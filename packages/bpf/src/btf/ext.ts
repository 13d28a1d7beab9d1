import { ObjectFault } from '../fault.js'
import type { Btf } from './btf.js'

/** Which BTF func a function is, by the slot where it begins. Source: linux/bpf.h struct bpf_func_info. */
export interface FuncInfo {
  readonly slot: number
  readonly type: number
}

/** Which line of C an instruction is of. Source: linux/bpf.h struct bpf_line_info. */
export interface LineInfo {
  readonly slot: number
  readonly file: string
  readonly text: string
  readonly line: number
  readonly column: number
  /** the offsets of file and text in the BTF's strings, and line and column as they are in one number */
  readonly raw: readonly [file: number, text: number, place: number]
}

/** A line whose texts are looked up when they are asked for: there is one for almost every instruction, and few are read. */
export class BtfLine implements LineInfo {
  constructor(
    readonly slot: number,
    private readonly btf: Btf,
    readonly raw: LineInfo['raw'],
  ) {}

  get file(): string {
    return this.btf.string(this.raw[0])
  }
  get text(): string {
    return this.btf.string(this.raw[1])
  }
  get line(): number {
    return this.raw[2] >>> 10
  }
  get column(): number {
    return this.raw[2] & 0x3ff
  }
}

/** The same line of another slot. */
export function movedLine(line: LineInfo, slot: number, btf: Btf | undefined): LineInfo {
  return btf === undefined ? { ...line, slot } : new BtfLine(slot, btf, line.raw)
}

/** An instruction that depends on the running kernel's types. Source: linux/bpf.h struct bpf_core_relo. */
export interface CoreRelocation {
  readonly slot: number
  /** of the object's own BTF */
  readonly type: number
  /** how to get to the member: indexes between colons */
  readonly access: string
  readonly kind: number
}

/** What .BTF.ext says of one section. */
export interface SectionInfo {
  readonly functions: readonly FuncInfo[]
  readonly lines: readonly LineInfo[]
  readonly relocations: readonly CoreRelocation[]
}

const MAGIC = 0xeb9f

/**
 * Reads .BTF.ext: by the name of the section that it is about.
 *
 * @throws ObjectFault
 */
export function readBtfExt(bytes: Uint8Array, btf: Btf): ReadonlyMap<string, SectionInfo> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 24 || view.getUint16(0, true) !== MAGIC) throw new ObjectFault('does not begin with its magic number', '.BTF.ext')
  const header = view.getUint32(4, true)
  const part = (at: number): [number, number] => {
    if (at + 8 > header) return [0, 0]
    const from = header + view.getUint32(at, true)
    const length = view.getUint32(at + 4, true)
    if (from + length > bytes.length) throw new ObjectFault('a part lies behind its end', '.BTF.ext')
    return [from, from + length]
  }
  if (header < 24 || header > bytes.length) throw new ObjectFault(`a header of ${header} bytes`, '.BTF.ext')
  const functions = sections(view, btf, part(8), 8, (at) => ({ slot: slotAt(view, at), type: view.getUint32(at + 4, true) }))
  const lines = sections(
    view,
    btf,
    part(16),
    16,
    (at): LineInfo =>
      new BtfLine(slotAt(view, at), btf, [view.getUint32(at + 4, true), view.getUint32(at + 8, true), view.getUint32(at + 12, true)]),
  )
  const relocations = sections(view, btf, part(24), 16, (at) => ({
    slot: slotAt(view, at),
    type: view.getUint32(at + 4, true),
    access: btf.string(view.getUint32(at + 8, true)),
    kind: view.getUint32(at + 12, true),
  }))
  const names = new Set([...functions.keys(), ...lines.keys(), ...relocations.keys()])
  return new Map(
    [...names].map((name) => [
      name,
      { functions: functions.get(name) ?? [], lines: lines.get(name) ?? [], relocations: relocations.get(name) ?? [] },
    ]),
  )
}

function slotAt(view: DataView, at: number): number {
  const offset = view.getUint32(at, true)
  if (offset % 8 !== 0) throw new ObjectFault(`byte ${offset} begins no instruction`, '.BTF.ext')
  return offset / 8
}

function sections<T extends { readonly slot: number }>(
  view: DataView,
  btf: Btf,
  [from, to]: [number, number],
  least: number,
  read: (at: number) => T,
): Map<string, T[]> {
  const found = new Map<string, T[]>()
  if (to - from < 4) return found
  const width = view.getUint32(from, true)
  if (width < least || width % 4 !== 0) throw new ObjectFault(`records of ${width} bytes`, '.BTF.ext')
  for (let at = from + 4; at + 8 <= to; ) {
    const name = btf.string(view.getUint32(at, true))
    const count = view.getUint32(at + 4, true)
    at += 8
    if (count > (to - at) / width) throw new ObjectFault(`${count} records of section ${name} do not fit`, '.BTF.ext')
    const all = found.get(name) ?? []
    for (let index = 0; index < count; index++, at += width) all.push(read(at))
    found.set(name, all)
  }
  // as the kernel wants them, and so that a function's own are found without looking at all
  for (const all of found.values()) all.sort((a, b) => a.slot - b.slot)
  return found
}
