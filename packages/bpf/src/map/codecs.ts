import type { Codec } from '../codec/codec.js'

/** Little-endian, as every machine is that this package runs on. Plain code: it runs once an operation. */
export const u32Codec: Codec<number> = {
  sizeBytes: 4,
  read: (bytes, at) =>
    ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>>
    0,
  write(value, bytes, at) {
    bytes[at] = value
    bytes[at + 1] = value >>> 8
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 24
  },
}

/** The values of all CPUs, each rounded up to 8 bytes, as the kernel copies them out. */
export function perCpuCodec<V>(codec: Codec<V>, cpus: number): Codec<readonly V[]> {
  const stride = perCpuStride(codec.sizeBytes)
  return {
    sizeBytes: stride * cpus,
    read(bytes, at) {
      const values: V[] = []
      for (let cpu = 0; cpu < cpus; cpu++) values.push(codec.read(bytes, at + cpu * stride))
      return values
    },
    write(values, bytes, at) {
      if (values.length !== cpus) throw new RangeError(`${values.length} values where each of ${cpus} CPUs has one`)
      for (let cpu = 0; cpu < cpus; cpu++) {
        const start = at + cpu * stride
        codec.write(values[cpu] as V, bytes, start)
        bytes.fill(0, start + codec.sizeBytes, start + stride)
      }
    },
  }
}

/** Source: kernel/bpf/syscall.c bpf_map_value_size. */
export function perCpuStride(valueSize: number): number {
  return (valueSize + 7) & ~7
}
