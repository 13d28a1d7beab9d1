import { type AxonemeError, type InputInvalid, inputInvalid } from '@axoneme/sys'

/** Bytes that should be netlink are not. `offset` counts from the start of what was received. */
export interface Malformed extends AxonemeError<'netlink.malformed'> {
  readonly offset: number
}

/**
 * Thrown inside the codecs and caught at the package's boundary, where it becomes an error value: a Result for each
 * attribute would cost more than the decoding.
 */
export class WireFault extends Error {
  constructor(
    readonly problem: string,
    readonly offset: number,
  ) {
    super(problem)
  }
}

/** The caller's value cannot be encoded; the sets on the way out put their names before `path`. */
export class InputFault extends Error {
  constructor(
    readonly problem: string,
    public path = '',
    readonly hint?: string,
  ) {
    super(problem)
  }

  under(name: string): this {
    this.path = this.path === '' ? name : `${name}.${this.path}`
    return this
  }
}

export function malformed(fault: WireFault, what: string): Malformed {
  return Object.freeze({
    code: 'netlink.malformed',
    offset: fault.offset,
    message: `${what}: ${fault.problem} at byte ${fault.offset}`,
  })
}

export function invalidInput(fault: InputFault): InputInvalid {
  return inputInvalid(fault.path, fault.problem, fault.hint)
}

/** Runs an encoder; its InputFault becomes an error value, anything else is our bug and goes on. */
export function caughtInput<T>(encode: () => T): { value: T } | { error: InputInvalid } {
  try {
    return { value: encode() }
  } catch (reason) {
    if (reason instanceof InputFault) return { error: invalidInput(reason) }
    throw reason
  }
}

/** Runs a decoder; its WireFault becomes an error value. */
export function caughtWire<T>(what: string, decode: () => T): { value: T } | { error: Malformed } {
  try {
    return { value: decode() }
  } catch (reason) {
    if (reason instanceof WireFault) return { error: malformed(reason, what) }
    throw reason
  }
}
