import { Errno } from '@axoneme/sys'
import { BPF } from '../syscall/attr.js'
import { fixedBytes } from './entry-call.js'
import type { MapHandle } from './handle.js'

/** Source: linux/bpf.h struct batch in union bpf_attr. */
const IN_BATCH = 0
const OUT_BATCH = 8
const KEYS = 16
const VALUES = 24
const COUNT = 32
const MAP_FD = 36
const SIZE = 56

/** Room for one batch: keys and values lie side by side, each in its own buffer. */
export class Page {
  readonly keys: Uint8Array
  readonly values: Uint8Array
  count = 0

  constructor(
    readonly capacity: number,
    keySize: number,
    valueSize: number,
  ) {
    this.keys = fixedBytes(capacity * keySize)
    this.values = fixedBytes(capacity * valueSize)
  }
}

/** How many entries a page holds: large enough that the call no longer counts, small enough for the cache. */
export function pageCapacity(entrySize: number, maxEntries: number): number {
  return Math.max(1, Math.min(maxEntries, 65_536, Math.max(64, Math.floor((1 << 20) / Math.max(1, entrySize)))))
}

/** The commands on many entries at once: what the kernel answers, and how many were `done`. */
export class BatchCall {
  done = 0
  private readonly attr = fixedBytes(SIZE)
  private readonly view = new DataView(this.attr.buffer)
  /** where a walk is: a number of a bucket, or a key */
  private readonly position: Uint8Array
  private readonly positionAddress: bigint

  constructor(
    private readonly handle: MapHandle,
    keySize: number,
  ) {
    this.position = fixedBytes(Math.max(4, keySize))
    this.positionAddress = handle.sys.address(this.position)
    const fd = handle.fd.use()
    this.view.setUint32(MAP_FD, fd.isOk() ? fd.value : 0xffff_ffff, true)
  }

  /** Fills a page from where the last one ended; -ENOENT at the end, with `count` entries. */
  read(page: Page, first: boolean): number {
    this.view.setBigUint64(IN_BATCH, first ? 0n : this.positionAddress, true)
    this.view.setBigUint64(OUT_BATCH, this.positionAddress, true)
    const answer = this.call(BPF.MAP_LOOKUP_BATCH, page.keys, page.values, page.capacity)
    page.count = answer >= 0 || answer === -Errno.ENOENT ? this.view.getUint32(COUNT, true) : 0
    return answer
  }

  /** Writes the first `count` entries; on failure the first `done` of them are written. */
  update(keys: Uint8Array, values: Uint8Array, count: number): number {
    return this.change(BPF.MAP_UPDATE_BATCH, keys, values, count)
  }

  /** Deletes the first `count` keys; a key that is not there is -ENOENT, at `done`. */
  delete(keys: Uint8Array, count: number): number {
    return this.change(BPF.MAP_DELETE_BATCH, keys, undefined, count)
  }

  private change(command: number, keys: Uint8Array, values: Uint8Array | undefined, count: number): number {
    this.view.setBigUint64(IN_BATCH, 0n, true)
    this.view.setBigUint64(OUT_BATCH, 0n, true)
    const answer = this.call(command, keys, values, count)
    const told = this.view.getUint32(COUNT, true)
    // refused before it began, the kernel leaves the count as it was given
    this.done = answer >= 0 ? count : told < count ? told : 0
    return answer
  }

  private call(command: number, keys: Uint8Array, values: Uint8Array | undefined, count: number): number {
    if (!this.handle.fd.isOpen) {
      this.view.setUint32(COUNT, 0, true)
      return -Errno.EBADF
    }
    const { sys } = this.handle
    this.view.setBigUint64(KEYS, sys.address(keys), true)
    this.view.setBigUint64(VALUES, values === undefined ? 0n : sys.address(values), true)
    this.view.setUint32(COUNT, count, true)
    const answer = sys.bpf(command, this.attr)
    // used after the call, so that neither is collected before
    return keys.length + (values?.length ?? 0) >= 0 ? answer : 0
  }
}
