import { Err, inputInvalid, Ok, type Result } from '@axoneme/sys'
import type { Listener } from '../generated/datapath.generated.js'
import { Draft, Holding } from './draft.js'
import type { PolicyTablesError } from './errors.js'
import type { Entries } from './policy-maps.js'
import type { SharedNumbers } from './shared-numbers.js'

/** Where redirected flows go. A listener has a number as long as a decision names it or it has a port; its entry is zero without a port. */
export class Listeners {
  /** those that have a port */
  readonly #ported = new Map<string, Holding>()

  constructor(
    private readonly map: Entries<Listener>,
    private readonly names: SharedNumbers<void>,
  ) {}

  numbers(): ReadonlyMap<string, number> {
    return new Map([...this.names.values()].filter(({ holders }) => holders > 0).map(({ key, number }) => [key, number]))
  }

  set(name: string, port: number): Result<void, PolicyTablesError> {
    if (!Number.isInteger(port) || port < 0 || port > 0xffff) return Err(inputInvalid('port', `${String(port)} is no port`))
    const holding = this.#ported.get(name)
    if (holding === undefined && port === 0) return Ok(undefined)
    const kept = holding ?? new Holding()
    const draft = new Draft()
    const number = draft.hold(kept, this.names, name, () => undefined)
    const fault = draft.fault()
    if (fault !== undefined) return Err(fault)
    const written = this.map.update(number, { port })
    if (written.isErr()) {
      if (holding === undefined) kept.release()
      return written
    }
    draft.keep()
    if (port > 0) this.#ported.set(name, kept)
    else {
      this.#ported.delete(name)
      kept.release()
    }
    return Ok(undefined)
  }
}
