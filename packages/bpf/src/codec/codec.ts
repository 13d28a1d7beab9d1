/**
 * How a value stands in a fixed number of bytes: what maps, variables and events are read and written with. A codec reads
 * in place and writes into the caller's buffer, every byte of it, padding as zeros. Generated ones (bpf2ts) are plain code.
 */
export interface Codec<T> {
  readonly sizeBytes: number
  /** `at` and what follows must lie in `bytes` */
  read(bytes: Uint8Array, at: number): T
  write(value: T, bytes: Uint8Array, at: number): void
}

/** Bytes as they are, copied. A value of another length is a RangeError: a precondition. */
export function rawCodec(sizeBytes: number): Codec<Uint8Array> {
  return {
    sizeBytes,
    read: (bytes, at) => bytes.slice(at, at + sizeBytes),
    write(value, bytes, at) {
      if (value.length !== sizeBytes) throw new RangeError(`${value.length} bytes where ${sizeBytes} are expected`)
      bytes.set(value, at)
    },
  }
}
