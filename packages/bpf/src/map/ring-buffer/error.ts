import type { Closed, SysFailed } from '@axoneme/sys'
import type { MalformedRecord } from '../../errors.js'

/** What may go wrong with reading a ring buffer. */
export type RingBufferError = MalformedRecord | Closed | SysFailed
