import { Errno, type Sys } from '@axoneme/sys'
import { BPF } from '../syscall/attr.js'
import { userValueSize } from './fit.js'
import type { MapHandle } from './handle.js'

/** How an update treats a key that is there, or is not. Source: linux/bpf.h BPF_ANY, BPF_NOEXIST, BPF_EXIST. */
export type UpdateMode = 'any' | 'create' | 'exist'

const modes: Readonly<Record<UpdateMode, number>> = { any: 0, create: 1, exist: 2 }

/** Memory of its own, which stands where it stands: the engine moves small arrays. */
export function fixedBytes(size: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(Math.max(size, 1)), 0, size)
}

/**
 * The commands on one entry, over buffers that are made once and whose addresses are written once: a caller fills `key`
 * and `value`, calls, and reads `value`. What a call answers is the kernel's, or -errno; no Result, for it costs more than
 * the call. A closed handle answers -EBADF.
 */
export class EntryCall {
  readonly key: Uint8Array
  readonly value: Uint8Array
  private readonly sys: Sys
  private readonly lookupAttr = fixedBytes(32)
  private readonly updateAttr = fixedBytes(32)
  /** the fields before the value: the kernel refuses what comes after the last one that a command has */
  private readonly deleteAttr: Uint8Array
  private mode = 0

  constructor(
    private readonly handle: MapHandle,
    keySize: number,
    valueSize: number,
  ) {
    const { shape } = handle
    const kernels = userValueSize(shape)
    // the kernel writes as much as it has, whatever room there is
    if (keySize !== shape.keySize || (kernels.isOk() && kernels.value !== valueSize && valueSize > 0))
      throw new RangeError(`codecs of ${keySize} and ${valueSize} bytes are not those of map ${shape.name}`)
    this.sys = handle.sys
    this.key = fixedBytes(keySize)
    this.value = fixedBytes(valueSize)
    const fd = handle.fd.use()
    for (const attr of [this.lookupAttr, this.updateAttr]) {
      const view = new DataView(attr.buffer)
      view.setUint32(0, fd.isOk() ? fd.value : 0xffff_ffff, true)
      // queues and filters have no key, and want none
      if (keySize > 0) view.setBigUint64(8, this.sys.address(this.key), true)
      view.setBigUint64(16, this.sys.address(this.value), true)
    }
    this.deleteAttr = this.lookupAttr.subarray(0, 16)
  }

  lookup(): number {
    return this.handle.fd.isOpen ? this.sys.bpf(BPF.MAP_LOOKUP_ELEM, this.lookupAttr) : -Errno.EBADF
  }

  update(mode: UpdateMode): number {
    const flags = modes[mode]
    if (flags !== this.mode) {
      this.mode = flags
      this.updateAttr[24] = flags
    }
    return this.handle.fd.isOpen ? this.sys.bpf(BPF.MAP_UPDATE_ELEM, this.updateAttr) : -Errno.EBADF
  }

  delete(): number {
    return this.handle.fd.isOpen ? this.sys.bpf(BPF.MAP_DELETE_ELEM, this.deleteAttr) : -Errno.EBADF
  }

  lookupAndDelete(): number {
    return this.handle.fd.isOpen ? this.sys.bpf(BPF.MAP_LOOKUP_AND_DELETE_ELEM, this.lookupAttr) : -Errno.EBADF
  }
}

/** Walks over keys; each walk has its own, so that walks do not disturb each other nor single calls. */
export class Cursor {
  readonly key: Uint8Array
  private readonly attr = fixedBytes(24)
  private readonly view = new DataView(this.attr.buffer)
  private readonly address: bigint
  private started = false

  constructor(
    private readonly handle: MapHandle,
    keySize: number,
  ) {
    this.key = fixedBytes(keySize)
    this.address = handle.sys.address(this.key)
    const fd = handle.fd.use()
    this.view.setUint32(0, fd.isOk() ? fd.value : 0xffff_ffff, true)
    this.view.setBigUint64(16, this.address, true)
  }

  /** Puts the key after the one in `key` there; 0, or -ENOENT when there is none. From a key that is gone: the first. */
  advance(): number {
    if (!this.handle.fd.isOpen) return -Errno.EBADF
    const answer = this.handle.sys.bpf(BPF.MAP_GET_NEXT_KEY, this.attr)
    if (!this.started && answer >= 0) {
      // absent at first: from the beginning. The kernel reads the key before it writes the next one
      this.view.setBigUint64(8, this.address, true)
      this.started = true
    }
    return answer
  }
}
