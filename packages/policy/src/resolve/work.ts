import type { Prefix } from '@axoneme/sys/values'
import type { Row } from './row.js'
import type { SideState } from './side.js'
import type { SubjectState } from './subjects.js'

/** What one apply did to the tables, before anybody is told. */
export interface Work {
  /** tables that were made whole */
  readonly built: Set<SideState>
  /** numbers whose row is another one now; null: their scope's */
  readonly patched: Map<SideState, Map<number, Row | null>>
  /** tables that nobody has any more */
  readonly dropped: Set<SideState>
  readonly subjects: Set<SubjectState>
  readonly objectsGone: Set<string>
  readonly objects: Set<string>
  readonly addresses: Map<number, { readonly prefix: Prefix; readonly how: 'added' | 'removed' }>
}

export function newWork(): Work {
  return {
    built: new Set(),
    patched: new Map(),
    dropped: new Set(),
    subjects: new Set(),
    objectsGone: new Set(),
    objects: new Set(),
    addresses: new Map(),
  }
}

/** Two works in a row as one. */
export function mergeWork(first: Work, second: Work): Work {
  const addresses = new Map(first.addresses)
  for (const [identity, note] of second.addresses) {
    const there = addresses.get(identity)
    if (there === undefined) addresses.set(identity, note)
    else if (there.how !== note.how) addresses.delete(identity)
  }
  const patched = new Map(first.patched)
  for (const [side, rows] of second.patched) patched.set(side, new Map([...(patched.get(side) ?? []), ...rows]))
  return {
    built: new Set([...first.built, ...second.built].filter((side) => !second.dropped.has(side))),
    patched,
    dropped: new Set([...first.dropped, ...second.dropped]),
    subjects: new Set([...first.subjects, ...second.subjects]),
    objects: new Set([...first.objects, ...second.objects].filter((object) => !second.objectsGone.has(object))),
    // what went and came back is there
    objectsGone: new Set([...first.objectsGone, ...second.objectsGone].filter((object) => !second.objects.has(object))),
    addresses,
  }
}
