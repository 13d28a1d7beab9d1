import { Errno, OwnedFd } from '@axoneme/sys'
import { type FakeSys, fakeSys } from '@axoneme/sys/testing'
import type { MapType } from '../spec/map-type.js'
import { BPF, type BpfCommand } from '../syscall/attr.js'
import { MapHandle, type MapShape } from './handle.js'

/** A hash table that a test scripts: what a kernel would do, and what it lacks. For tests. */
export interface ScriptedMap {
  readonly handle: MapHandle
  readonly sys: FakeSys
  /** entries by their keys' bytes as text */
  readonly entries: Map<string, Uint8Array>
  /** the commands that were asked for, in their order */
  readonly commands: BpfCommand[]
}

export interface Script {
  readonly shape?: Partial<MapShape>
  /** commands that answer this errno */
  readonly lacks?: Partial<Record<BpfCommand, number>>
  /** called before each command; what it answers, when it does, is the answer */
  before?(command: BpfCommand, map: ScriptedMap): number | undefined
}

const names = new Map<number, BpfCommand>(Object.entries(BPF).map(([name, number]) => [number, name as BpfCommand]))

export function keyText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** Keys of 4 bytes and values of 4, 8 of them, unless the script says otherwise. */
export function scriptedMap(script: Script = {}): ScriptedMap {
  const shape: MapShape = { name: 'scripted', type: 'hash' as MapType, keySize: 4, valueSize: 4, maxEntries: 8, flags: 0, ...script.shape }
  const { keySize, valueSize, maxEntries } = shape
  const memory = new Map<bigint, Uint8Array>()
  let nextAddress = 0x1000n
  const at = (address: bigint): Uint8Array => {
    const bytes = memory.get(address)
    if (bytes === undefined) throw new Error(`nothing is at ${address}`)
    return bytes
  }
  const entries = new Map<string, Uint8Array>()
  const commands: BpfCommand[] = []

  const put = (key: Uint8Array, value: Uint8Array, flags: number): number => {
    const text = keyText(key)
    const there = entries.has(text)
    if (flags === 1 && there) return -Errno.EEXIST
    if (flags === 2 && !there) return -Errno.ENOENT
    if (!there && entries.size >= maxEntries) return -Errno.E2BIG
    entries.set(text, value)
    return 0
  }
  const single = (command: BpfCommand, view: DataView): number => {
    const keyAt = view.getBigUint64(8, true)
    if (command === 'MAP_GET_NEXT_KEY') {
      const all = [...entries.keys()]
      const next = all[keyAt === 0n ? 0 : all.indexOf(keyText(at(keyAt).subarray(0, keySize))) + 1]
      if (next === undefined) return -Errno.ENOENT
      at(view.getBigUint64(16, true)).set(Buffer.from(next, 'latin1'))
      return 0
    }
    const key = at(keyAt).slice(0, keySize)
    const found = entries.get(keyText(key))
    if (command === 'MAP_UPDATE_ELEM') return put(key, at(view.getBigUint64(16, true)).slice(0, valueSize), view.getUint32(24, true))
    if (found === undefined) return -Errno.ENOENT
    if (command !== 'MAP_DELETE_ELEM') at(view.getBigUint64(16, true)).set(found)
    if (command !== 'MAP_LOOKUP_ELEM') entries.delete(keyText(key))
    return 0
  }
  const batch = (command: BpfCommand, view: DataView): number => {
    const count = view.getUint32(32, true)
    const keys = at(view.getBigUint64(16, true))
    let done = 0
    let answer = 0
    if (command === 'MAP_LOOKUP_BATCH') {
      const position = view.getBigUint64(0, true)
      const from = position === 0n ? 0 : (at(position)[0] ?? 0)
      const values = at(view.getBigUint64(24, true))
      for (const [key, value] of [...entries].slice(from, from + count)) {
        keys.set(Buffer.from(key, 'latin1'), done * keySize)
        values.set(value, done * valueSize)
        done++
      }
      at(view.getBigUint64(8, true))[0] = from + done
      answer = from + done >= entries.size ? -Errno.ENOENT : 0
    } else
      for (; done < count && answer === 0; done += answer === 0 ? 1 : 0) {
        const key = keys.slice(done * keySize, (done + 1) * keySize)
        if (command === 'MAP_DELETE_BATCH') answer = entries.delete(keyText(key)) ? 0 : -Errno.ENOENT
        else answer = put(key, at(view.getBigUint64(24, true)).slice(done * valueSize, (done + 1) * valueSize), 0)
      }
    view.setUint32(32, done, true)
    return answer
  }

  const sys = fakeSys({
    address(buffer) {
      nextAddress += 0x10000n
      memory.set(nextAddress, buffer)
      return nextAddress
    },
    bpf(number, attr) {
      const command = names.get(number) as BpfCommand
      commands.push(command)
      const forced = script.before?.(command, map)
      if (forced !== undefined) return forced
      const lacking = script.lacks?.[command]
      if (lacking !== undefined) return -lacking
      const view = new DataView(attr.buffer, attr.byteOffset, attr.length)
      return command.endsWith('_BATCH') ? batch(command, view) : single(command, view)
    },
  })
  const map: ScriptedMap = { handle: new MapHandle(sys, new OwnedFd(sys, 100, 'map scripted'), shape), sys, entries, commands }
  return map
}
