import { z } from 'zod'

/** Where in a document something was said. */
export const sourceSchema = z.strictObject({
  /** the file's name, when the reader of the file gave one */
  file: z.string().optional(),
  /** counted from 1 */
  line: z.int().min(1),
  column: z.int().min(1),
  /** `spec.ingress[0].toPorts[1]` */
  path: z.string(),
})

export type Source = z.infer<typeof sourceSchema>

/** `policies.yaml:12`, as editors understand it. */
export function formatSource({ file, line }: Source): string {
  return file === undefined ? `line ${line}` : `${file}:${line}`
}
