export type { RingBufferError } from './error.js'
export { type ReadOptions, RingBufferReader } from './reader.js'
export { openRingBuffer, RingBuffer, type RingBufferOptions, type RingBufferStatistics } from './ring-buffer.js'
