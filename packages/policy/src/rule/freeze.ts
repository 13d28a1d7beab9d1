/** Freezes plain data through and through, in place; `undefined` fields go. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const [key, inner] of Object.entries(value))
    if (inner === undefined) delete (value as Record<string, unknown>)[key]
    else deepFreeze(inner)
  return Object.freeze(value)
}
