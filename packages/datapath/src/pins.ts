import { existsSync, mkdirSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
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

/** What is pinned of a datapath: maps by their names, and beside them folders that say each one's layout. */
export function mapFolder(folder: string): string {
  return `${folder}/maps`
}
function layoutFolder(folder: string): string {
  return `${folder}/layouts`
}

/** Maps that outlive the programs: all but constants and the table of tail calls, which belong to one load. */
export function isShared({ name, type, data }: MapSpec): boolean {
  return data === undefined && type !== 'prog_array' && name !== 'axm_scratch'
}

function failure(what: string, reason: unknown): OpenError {
  const errno = Math.abs((reason as { errno?: number }).errno ?? 5)
  return errno === 1 || errno === 13 ? permissionDenied(what, 'CAP_DAC_OVERRIDE', errno, errnoName(errno)) : sysFailed(what, errno)
}

/** The layouts of what is pinned, by map. */
function pinnedLayouts(folder: string): Map<string, string> {
  const layouts = new Map<string, string>()
  if (!existsSync(layoutFolder(folder))) return layouts
  for (const name of readdirSync(layoutFolder(folder))) {
    const [map, layout] = name.split('@')
    if (map !== undefined && layout !== undefined) layouts.set(map, layout)
  }
  return layouts
}

/**
 * Makes sure that every pinned map has the layout of the object, migrating where a function for it is given. Nothing is changed when one
 * cannot be.
 */
export function agreeOnLayouts(sys: Sys, spec: CollectionSpec, folder: string, migrations: readonly Migration[]): Result<void, OpenError> {
  const pinned = pinnedLayouts(folder)
  const todo: { map: MapSpec; migration: Migration; ours: string }[] = []
  for (const map of spec.maps.filter(isShared)) {
    const ours = layoutOf(spec, map)
    const theirs = pinned.get(map.name)
    if (theirs === undefined || theirs === ours) continue
    const migration = migrations.find((each) => each.map === map.name && each.from === theirs)
    if (migration === undefined)
      return Err(
        Object.freeze({
          code: 'datapath.layout-changed',
          map: map.name,
          pinned: theirs,
          ours,
          message: `the map ${map.name} pinned in ${folder} has another layout (${theirs}) than these programs (${ours})`,
          hint: `Give a migration { map: '${map.name}', from: '${theirs}', entry }, or take the pins away: what they hold is lost with them.`,
        }),
      )
    todo.push({ map, migration, ours })
  }
  for (const each of todo) {
    const done = migrate(sys, each.map, each.migration, folder, each.ours)
    if (done.isErr()) return done
  }
  try {
    mkdirSync(layoutFolder(folder), { recursive: true, mode: 0o700 })
    for (const map of spec.maps.filter(isShared)) {
      const path = `${layoutFolder(folder)}/${map.name}@${layoutOf(spec, map)}`
      if (!existsSync(path)) mkdirSync(path)
    }
  } catch (reason) {
    return Err(failure(`make ${layoutFolder(folder)}`, reason))
  }
  return Ok(undefined)
}

/** A new map with the entries of the old one, pinned in its place. */
function migrate(sys: Sys, spec: MapSpec, { entry, from }: Migration, folder: string, ours: string): Result<void, OpenError> {
  const path = `${mapFolder(folder)}/${spec.name}`
  const opened = openPinnedMap(sys, path)
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
  try {
    unlinkSync(path)
  } catch (reason) {
    return Err(failure(`take ${path} away`, reason))
  }
  const pinned = fresh.pin(path)
  if (pinned.isErr()) return Err(pinned.error)
  try {
    mkdirSync(`${layoutFolder(folder)}/${spec.name}@${ours}`)
    rmdirSync(`${layoutFolder(folder)}/${spec.name}@${from}`)
  } catch (reason) {
    return Err(failure(`change the layout of ${spec.name}`, reason))
  }
  return Ok(undefined)
}
