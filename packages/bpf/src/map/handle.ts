import { Err, Ok, type OwnedFd, type Result, type Sys } from '@axoneme/sys'
import type { BpfCallError } from '../errors.js'
import { pin } from '../pin.js'
import type { MapType } from '../spec/map-type.js'
import { Attr } from '../syscall/attr.js'
import { createMap } from './create.js'
import { flagsOf, type MapDefinition } from './definition.js'
import { entryError } from './entry-error.js'
import { type MapInfo, readMapInfo } from './info.js'

/** What of a map does not change. */
export interface MapShape {
  readonly name: string
  readonly type: MapType
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  readonly flags: number
}

/**
 * A map that is open, whatever its type: it is given to one of the typed views (openMap, openArrayMap, …), which then owns
 * it.
 *
 * @lifetime the descriptor is its own; `close()` closes it
 */
export class MapHandle {
  constructor(
    readonly sys: Sys,
    readonly fd: OwnedFd,
    readonly shape: MapShape,
  ) {}

  /**
   * Makes a map.
   *
   * @errors input.invalid · permission.denied · bpf.refused
   */
  static create(sys: Sys, definition: MapDefinition): Result<MapHandle, BpfCallError> {
    const made = createMap(sys, definition)
    if (made.isErr()) return Err(made.error)
    const { name, type, keySize, valueSize, maxEntries } = definition
    return Ok(new MapHandle(sys, made.value, { name, type, keySize, valueSize, maxEntries, flags: flagsOf(definition) }))
  }

  get name(): string {
    return this.shape.name
  }

  get isOpen(): boolean {
    return this.fd.isOpen
  }

  /**
   * What the kernel says of it.
   *
   * @errors sys.closed · bpf.refused
   */
  info(): Result<MapInfo, BpfCallError> {
    const fd = this.fd.use()
    return fd.isErr() ? Err(fd.error) : readMapInfo(this.sys, fd.value)
  }

  /**
   * From now on user space cannot change it, through no descriptor; programs still can, unless it was made with
   * BPF_F_RDONLY_PROG. There is no way back.
   *
   * @errors sys.closed · permission.denied (it is frozen already) · bpf.refused (EBUSY: it is mapped for writing, or frozen)
   * @source linux/bpf.h BPF_MAP_FREEZE
   */
  freeze(): Result<void, BpfCallError> {
    const fd = this.fd.use()
    if (fd.isErr()) return Err(fd.error)
    const answer = new Attr(this.sys, 4).u32(0, fd.value).call('MAP_FREEZE')
    return answer < 0 ? Err(entryError(this, 'freeze', 'BPF_MAP_FREEZE', -answer)) : Ok(undefined)
  }

  /**
   * Gives it a name in a bpf file system.
   *
   * @errors sys.closed · input.invalid · bpf.exists · bpf.refused · permission.denied · sys.failed
   * @lifetime the map then outlives this process, until the pin is removed
   */
  pin(path: string): Result<void, BpfCallError> {
    const fd = this.fd.use()
    return fd.isErr() ? Err(fd.error) : pin(this.sys, fd.value, path, `map ${this.name}`)
  }

  close(): void {
    this.fd.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
