/**
 * The only door to ts-results. Everything else in axoneme imports `Result`, `Ok` and `Err` from here,
 * so that the library behind the name can change in one line (docs/adr/0004-result-door.md).
 */
export { Err, Ok, Result } from 'ts-results'

import { Err, Ok, type Result } from 'ts-results'

/** One Result for many: every value, or the first error. Sources: the order of the input. */
export function all<T, E>(results: readonly Result<T, E>[]): Result<T[], E> {
  const values: T[] = []
  for (const result of results) {
    if (result.isErr()) return Err(result.error)
    values.push(result.value)
  }
  return Ok(values)
}

/** Turns a rejection into an error value; `onError` says which. A promise made by this never rejects. */
export async function fromPromise<T, E>(promise: PromiseLike<T>, onError: (reason: unknown) => E): Promise<Result<T, E>> {
  try {
    return Ok(await promise)
  } catch (reason) {
    return Err(onError(reason))
  }
}
