import { z } from 'zod'
import { objectShape } from '../shape/object-document.js'
import { clusterwideSpec, namespacedSpec } from './spec-document.js'

function withSpecs<Spec extends z.ZodType>(spec: Spec) {
  return objectShape({ spec: spec.optional(), specs: z.array(spec).optional() }).superRefine((document, context) => {
    const { spec: one, specs } = document as { spec?: unknown; specs?: unknown[] }
    if (one === undefined && (specs === undefined || specs.length === 0))
      context.addIssue({ code: 'custom', message: 'holds neither spec nor specs', input: document })
  })
}

/** Source: Cilium API, cilium.io/v2: CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy. */
export const namespacedDocument = withSpecs(namespacedSpec)
export const clusterwideDocument = withSpecs(clusterwideSpec)
