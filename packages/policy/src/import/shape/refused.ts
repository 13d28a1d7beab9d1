import { z } from 'zod'

/** A field that is known and cannot be meant here: other than an unknown one, no option lets it pass. */
export function refused(why: string): z.ZodOptional<z.ZodType<never>> {
  return z.custom<never>(() => false, { error: why }).optional()
}
