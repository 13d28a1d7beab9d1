import { Err, Errno, Ok, OwnedFd, type Result, type Sys } from '@axoneme/sys'
import { type BpfCallError, refused } from '../errors.js'
import { BPF_MAP_TYPE, type MapType } from '../spec/map-type.js'
import { Attr } from '../syscall/attr.js'
import { definitionFault, flagsOf, type MapDefinition } from './definition.js'

/** Types that the kernel makes only with BTF: without it the second refusal would hide the first. */
const NEED_BTF: ReadonlySet<MapType> = new Set(['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage', 'struct_ops'])

function attempt(sys: Sys, definition: MapDefinition, types: boolean): number {
  const { name, type, keySize, valueSize, maxEntries, numaNode = 0, mapExtra = 0n, innerMapFd = 0 } = definition
  const attr = new Attr(sys, 72)
    .u32(0, BPF_MAP_TYPE[type])
    .u32(4, keySize)
    .u32(8, valueSize)
    .u32(12, maxEntries)
    .u32(16, flagsOf(definition))
    .u32(20, innerMapFd)
    .u32(24, numaNode)
    .name(28, name)
    .u64(64, mapExtra)
  if (types)
    attr
      .u32(48, definition.btfFd ?? 0)
      .u32(52, definition.keyTypeId ?? 0)
      .u32(56, definition.valueTypeId ?? 0)
  return attr.call('MAP_CREATE')
}

/**
 * Makes a map. Not every type of map takes the types of its keys and values: where the kernel refuses it with them, it is
 * made without.
 *
 * @errors input.invalid · permission.denied · bpf.refused
 * @lifetime until the descriptor is closed, and nothing else (a pin, a program, another map) holds it
 * @source linux/bpf.h BPF_MAP_CREATE
 */
export function createMap(sys: Sys, definition: MapDefinition): Result<OwnedFd, BpfCallError> {
  const fault = definitionFault(definition)
  if (fault !== undefined) return Err(fault)
  const { name, type } = definition
  const types = definition.btfFd !== undefined && (definition.keyTypeId ?? 0) + (definition.valueTypeId ?? 0) > 0
  let answer = attempt(sys, definition, types)
  if (answer < 0 && answer !== -Errno.EPERM && types && !NEED_BTF.has(type)) answer = attempt(sys, definition, false)
  if (answer < 0) return Err(refused(`create map ${name} of type ${type}`, 'BPF_MAP_CREATE', -answer))
  return Ok(new OwnedFd(sys, answer, `map ${name}`))
}
