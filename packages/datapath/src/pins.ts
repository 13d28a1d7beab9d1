import { existsSync, readdirSync, unlinkSync } from 'node:fs'
import { type CollectionSpec, MapHandle, type MapSpec, openMap, openPinnedMap } from '@axoneme/bpf'
import { Err, errnoName, Ok, permissionDenied, type Result, type Sys, sysFailed } from '@axoneme/sys'
import type { OpenError } from './errors.js'
import { layoutOf } from './layout.js'

/** How the entries of a map of an older layout become entries of this one; undefined: that entry is not kept. */
export interface Migration {
  readonly map: string
  /** the layout that it is from */
  readonly from: string
  entry(key: Uint8Array, value: Uint8Array): readonly [key: Uint8Array, value: Uint8Array] | undefined
}

/** Maps that outlive the programs: all but constants, the table of tail calls and the scratch, which belong to one load. */
export function isShared({ name, type, data }: MapSpec): boolean {
  return data === undefined && type !== 'prog_array' && name !== 'axm_scratch'
}

/** A pin's name says the map and its layout, so that neither can be taken for what it is not. */
export function pinNames(spec: CollectionSpec): Record<string, string> {
  return Object.fromEntries(spec.maps.filter(isShared).map((map) => [map.name, `${map.name}@${layoutOf(spec, map)}`]))
}

function failure(what: string, reason: unknown): OpenError {
  const errno = Math.abs((reason as { errno?: number }).errno ?? 5)
  return errno === 1 || errno === 13 ? permissionDenied(what, 'CAP_DAC_OVERRIDE', errno, errnoName(errno)) : sysFailed(what, errno)
}

/**
 * Makes sure that every pinned map has the layout of the object, migrating where a function for it is given. Nothing is changed when one
 * cannot be. A migration that dies half-way leaves the old map, or both, and is done again or goes on.
 */
export function agreeOnLayouts(sys: Sys, spec: CollectionSpec, folder: string, migrations: readonly Migration[]): Result<void, OpenError> {
  const names = pinNames(spec)
  const pinned = existsSync(folder) ? readdirSync(folder) : []
  const todo: (() => Result<void, OpenError>)[] = []
  for (const map of spec.maps.filter(isShared)) {
    const ours = names[map.name] as string
    for (const other of pinned.filter((name) => name.startsWith(`${map.name}@`) && name !== ours)) {
      const path = `${folder}/${other}`
      if (pinned.includes(ours)) {
        // its entries were carried over: what died was this last step
        todo.push(() => takeAway(path))
        continue
      }
      const from = other.slice(map.name.length + 1)
      const migration = migrations.find((each) => each.map === map.name && each.from === from)
      if (migration === undefined) return Err(layoutChanged(folder, map.name, from, ours.slice(map.name.length + 1)))
      todo.push(() => migrate(sys, map, migration, path, `${folder}/${ours}`))
    }
  }
  for (const step of todo) {
    const done = step()
    if (done.isErr()) return done
  }
  return Ok(undefined)
}

function layoutChanged(folder: string, map: string, pinned: string, ours: string): OpenError {
  return Object.freeze({
    code: 'datapath.layout-changed',
    map,
    pinned,
    ours,
    message: `the map ${map} pinned in ${folder} has another layout (${pinned}) than these programs (${ours})`,
    hint: `Give a migration { map: '${map}', from: '${pinned}', entry }, or take the pin away: what it holds is lost with it.`,
  })
}

function takeAway(path: string): Result<void, OpenError> {
  try {
    unlinkSync(path)
    return Ok(undefined)
  } catch (reason) {
    return Err(failure(`take ${path} away`, reason))
  }
}

/** A new map with the entries of the old one, pinned under its own name before the old pin goes. */
function migrate(sys: Sys, spec: MapSpec, { entry }: Migration, from: string, to: string): Result<void, OpenError> {
  const opened = openPinnedMap(sys, from)
  if (opened.isErr()) return Err(opened.error)
  using old = openMap(opened.value).unwrap()
  const made = MapHandle.create(sys, {
    name: spec.name.slice(0, 15),
    type: spec.type,
    keySize: spec.keySize,
    valueSize: spec.valueSize,
    maxEntries: spec.maxEntries,
    flags: spec.flags,
  })
  if (made.isErr()) return Err(made.error)
  using fresh = openMap(made.value).unwrap()
  for (const found of old.entries()) {
    if (found.isErr()) return Err(found.error)
    const kept = entry(...found.value)
    if (kept === undefined) continue
    const written = fresh.update(...kept)
    if (written.isErr()) return Err(written.error)
  }
  const pinned = fresh.pin(to)
  return pinned.isErr() ? Err(pinned.error) : takeAway(from)
}
