import { Err, type InputInvalid, inputInvalid, Ok, type Result } from '@axoneme/sys'
import type { CollectionSpec } from '../spec/collection.js'
import type { MapSpec } from '../spec/map-spec.js'
import type { VariableSpec } from '../spec/variable-spec.js'

type Value = number | bigint | boolean | Uint8Array

/** A value's bytes, little-endian, as wide as the variable. */
function bytesOf({ name, size }: VariableSpec, value: Value): Result<Uint8Array, InputInvalid> {
  const path = `variables.${name}`
  if (value instanceof Uint8Array)
    return value.length === size
      ? Ok(value)
      : Err(inputInvalid(path, `${value.length} bytes where the variable has ${size}`, 'Give as many bytes as the variable has.'))
  if (size > 8) return Err(inputInvalid(path, `a number for a variable of ${size} bytes`, 'Give its bytes as a Uint8Array.'))
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    return Err(inputInvalid(path, `${value} is no whole number that is exact`, 'Give an integer, or a bigint.'))
  const wide = BigInt(value)
  const bits = BigInt(size * 8)
  if (wide >= 1n << bits || wide < -(1n << (bits - 1n))) return Err(inputInvalid(path, `${wide} does not fit into ${size} bytes`))
  const bytes = new Uint8Array(size)
  let rest = BigInt.asUintN(Number(bits), wide)
  for (let at = 0; at < size; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  return Ok(bytes)
}

/** The data maps with some variables set. */
export function setVariables(
  spec: CollectionSpec,
  maps: readonly MapSpec[],
  values: Readonly<Record<string, Value>>,
): Result<MapSpec[], InputInvalid> {
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

/** How generated code knows a variable: its C name, and how its value is written. */
export interface VariableWriter<T> {
  readonly name: string
  readonly size: number
  write(bytes: Uint8Array, at: number, value: T): void
}

/**
 * Values of variables as their bytes, by C names: what generated loaders do.
 *
 * @errors input.invalid (a value that its type cannot hold)
 */
export function encodeVariables<V extends object>(
  writers: { readonly [K in keyof V]-?: VariableWriter<NonNullable<V[K]>> },
  values: V,
): Result<Record<string, Uint8Array>, InputInvalid> {
  const encoded: Record<string, Uint8Array> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    const writer = Object.hasOwn(writers, name) ? (writers[name as keyof V] as VariableWriter<unknown>) : undefined
    if (writer === undefined)
      return Err(inputInvalid(`variables.${name}`, 'the object has no such variable', `It has: ${Object.keys(writers).join(', ')}.`))
    const bytes = new Uint8Array(writer.size)
    try {
      writer.write(bytes, 0, value)
    } catch (reason) {
      // what a codec refuses; a value of another type altogether is a TypeError of its methods
      if (!(reason instanceof RangeError || reason instanceof TypeError)) throw reason
      return Err(inputInvalid(`variables.${name}`, reason.message))
    }
    encoded[writer.name] = bytes
  }
  return Ok(encoded)
}
