import type { Result } from '@axoneme/sys'
import type { BpfCallError } from '../errors.js'
import type { MapHandle } from './handle.js'
import type { MapInfo } from './info.js'

/** What all views of maps share. A view owns the handle that it was opened over: close the view, not the handle. */
export abstract class TypedMap {
  constructor(readonly handle: MapHandle) {}

  get name(): string {
    return this.handle.name
  }

  get maxEntries(): number {
    return this.handle.shape.maxEntries
  }

  /**
   * What the kernel says of it.
   *
   * @errors sys.closed · bpf.refused
   */
  info(): Result<MapInfo, BpfCallError> {
    return this.handle.info()
  }

  /**
   * From now on user space cannot change it; there is no way back.
   *
   * @errors sys.closed · permission.denied · bpf.refused
   */
  freeze(): Result<void, BpfCallError> {
    return this.handle.freeze()
  }

  /**
   * Gives it a name in a bpf file system.
   *
   * @errors sys.closed · input.invalid · bpf.exists · bpf.refused · permission.denied · sys.failed
   * @lifetime the map then outlives this process, until the pin is removed
   */
  pin(path: string): Result<void, BpfCallError> {
    return this.handle.pin(path)
  }

  close(): void {
    this.handle.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
