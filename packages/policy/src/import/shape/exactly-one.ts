/** The fields that are given, if that is not exactly one of these: what to say then. */
export function notExactlyOne(value: object, fields: readonly string[]): string | undefined {
  const given = fields.filter((field) => (value as Readonly<Record<string, unknown>>)[field] !== undefined)
  if (given.length === 1) return undefined
  const names = `${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}`
  return given.length === 0 ? `give one of ${names}` : `${given.join(' and ')} contradict each other: give one of ${names}`
}
