import { z } from 'zod'

/** What every object of the API carries. Of the metadata only the name and the namespace mean something here. */
export const metadataShape = z.looseObject({
  name: z.string().min(1),
  namespace: z.string().min(1).optional(),
})

/** An object with those fields, and whatever the cluster wrote into its `status`. */
export function objectShape<Fields extends z.ZodRawShape>(fields: Fields) {
  return z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: metadataShape,
    status: z.unknown().optional(),
    ...fields,
  })
}

/** An object with a `spec` of that shape. */
export function specShape<Spec extends z.ZodType>(spec: Spec) {
  return objectShape({ spec })
}
