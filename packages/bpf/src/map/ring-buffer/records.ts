import { Err, Ok, type Result } from '@axoneme/sys'
import type { RingBufferError } from './error.js'
import { type Readable, type ReadOptions, RingBufferReader } from './reader.js'

/**
 * The records of a ring buffer one by one. While those of one turn are handled no more are read: they wait in the ring, whose
 * size bounds them, and not here.
 */
export async function* records<T>(
  ring: Readable<T>,
  options: Omit<ReadOptions, 'onEnd'>,
): AsyncGenerator<Result<T, RingBufferError>, void, void> {
  let queue: T[] = []
  let waiting = false
  let ended = false
  let error: RingBufferError | undefined
  let wake: () => void = () => {}
  const onRecord = (record: T): void => {
    queue.push(record)
    wake()
  }
  const onEnd = (reason: RingBufferError | undefined): void => {
    ended = true
    error = reason
    wake()
  }
  const started = RingBufferReader.start(ring, onRecord, { ...options, onEnd }, () => waiting)
  if (started.isErr()) {
    yield Err(started.error)
    return
  }
  const reader = started.value
  try {
    for (;;) {
      while (queue.length > 0) {
        const ready = queue
        queue = []
        for (const record of ready) yield Ok(record)
      }
      if (ended) {
        if (error !== undefined) yield Err(error)
        return
      }
      waiting = true
      await new Promise<void>((resolve) => {
        wake = resolve
        reader.resume()
      })
      waiting = false
    }
  } finally {
    reader.stop()
  }
}
