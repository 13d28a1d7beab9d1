import type { z } from 'zod'

/** What both generations of these policies have in a rule of egress. */
interface EgressRule {
  readonly action: string
  readonly to: readonly { readonly domainNames?: unknown; readonly networks?: unknown; readonly nodes?: unknown }[]
  readonly ports?: readonly { readonly namedPort?: string | undefined }[] | undefined
  readonly protocols?: readonly { readonly destinationNamedPort?: string | undefined }[] | undefined
}

/** Source: network-policy-api, the validation rules of the CRDs. */
export function egressConsistent(rule: EgressRule, context: z.core.$RefinementCtx): void {
  const namesPort =
    (rule.ports ?? []).some(({ namedPort }) => namedPort !== undefined) ||
    (rule.protocols ?? []).some(({ destinationNamedPort }) => destinationNamedPort !== undefined)
  for (const [at, peer] of rule.to.entries()) {
    const wrong = (message: string): void => context.addIssue({ code: 'custom', path: ['to', at], message, input: rule })
    if (peer.domainNames !== undefined && (rule.action === 'Deny' || rule.action === 'Pass'))
      wrong(`domain names contradict the action ${rule.action}: they can only be allowed`)
    if (namesPort && [peer.networks, peer.nodes, peer.domainNames].some((field) => field !== undefined))
      wrong('a named port contradicts networks, nodes and domain names: they have no names for ports')
  }
}
