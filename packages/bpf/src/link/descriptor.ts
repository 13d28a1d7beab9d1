import type { Closed, Result } from '@axoneme/sys'

/** A map, a cgroup, anything with a descriptor: handles of this package and OwnedFd are such. */
export interface Descriptor {
  use(): Result<number, Closed>
}
