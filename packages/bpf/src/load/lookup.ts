import { Err, Ok, type Result } from '@axoneme/sys'
import { type Missing, missing } from '../errors.js'
import type { MapHandle } from '../map/handle.js'
import type { BpfProgram } from '../program/program.js'
import type { ProgramType } from '../spec/program-section.js'
import type { Collection } from './collection.js'

/**
 * A map of a collection by its C name.
 *
 * @errors bpf.missing
 */
export function mapIn(from: Collection, name: string): Result<MapHandle, Missing> {
  const map = from.maps.get(name)
  return map === undefined
    ? Err(missing(name, `the collection has no map ${name}`, `It has: ${[...from.maps.keys()].join(', ') || 'none'}.`))
    : Ok(map)
}

/** A program of a collection by its C name and type; undefined when it is not there or of another type. */
export function programIn<T extends ProgramType>(from: Collection, name: string, type: T): BpfProgram<T> | undefined {
  const program = from.programs.get(name)?.handle
  return program?.type === type ? (program as BpfProgram<T>) : undefined
}
