/**
 * Thrown inside the readers of foreign bytes and caught at the package's boundary, where it becomes an error value: a
 * Result for each type or instruction would cost more than reading it.
 */
export class ObjectFault extends Error {
  constructor(
    readonly problem: string,
    /** in which part of the object: a section, a type, a program */
    readonly where = '',
    readonly code: 'bpf.malformed' | 'bpf.unsupported-object' = 'bpf.malformed',
    readonly hint?: string,
  ) {
    super(where === '' ? problem : `${where}: ${problem}`)
  }
}

/** The object is sound, and uses something that this library does not do: named, never ignored. */
export function unsupported(problem: string, where: string, hint?: string): ObjectFault {
  return new ObjectFault(problem, where, 'bpf.unsupported-object', hint)
}
