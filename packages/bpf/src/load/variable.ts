import { Err, type InputInvalid, inputInvalid, Ok, type Result } from '@axoneme/sys'
import type { CollectionSpec } from '../spec/collection.js'
import type { MapSpec } from '../spec/map-spec.js'
import type { VariableSpec } from '../spec/variable-spec.js'

type Value = number | bigint | boolean | Uint8Array

/** A value's bytes, little-endian, as wide as the variable. */
function bytesOf({ name, size }: VariableSpec, value: Value): Result<Uint8Array, InputInvalid> {
  const path = `variables.${name}`
  if (value instanceof Uint8Array)
    return value.length === size ? Ok(value) : Err(inputInvalid(path, `${value.length} bytes where the variable has ${size}`, 'Give as many bytes as the variable has.'))
  if (size > 8) return Err(inputInvalid(path, `a number for a variable of ${size} bytes`, 'Give its bytes as a Uint8Array.'))
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return Err(inputInvalid(path, `${value} is no whole number that is exact`, 'Give an integer, or a bigint.'))
  const wide = BigInt(value)
  const bits = BigInt(size * 8)
  if (wide >= 1n << bits || wide < -(1n << (bits - 1n))) return Err(inputInvalid(path, `${wide} does not fit into ${size} bytes`))
  const bytes = new Uint8Array(size)
  let rest = BigInt.asUintN(Number(bits), wide)
  for (let at = 0; at < size; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  return Ok(bytes)
}

/** The data maps with some variables set. */
export function setVariables(spec: CollectionSpec, maps: readonly MapSpec[], values: Readonly<Record<string, Value>>): Result<MapSpec[], InputInvalid> {
  const data = new Map<string, Uint8Array>()
  for (const [name, value] of Object.entries(values)) {
    const variable = spec.variables.find((each) => each.name === name)
    const map = maps.find((each) => each.name === variable?.map)
    if (variable === undefined || map?.data === undefined) return Err(inputInvalid(`variables.${name}`, 'the object has no such variable'))
    const bytes = bytesOf(variable, value)
    if (bytes.isErr()) return Err(bytes.error)
    const copy = data.get(map.name) ?? map.data.slice()
    copy.set(bytes.value, variable.offset)
    data.set(map.name, copy)
  }
  return Ok(maps.map((map) => (data.has(map.name) ? { ...map, data: data.get(map.name) } : map)))
}
