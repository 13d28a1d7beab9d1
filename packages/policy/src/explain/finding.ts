import { formatSource, type Source } from '../rule/source.js'

export type Severity = 'error' | 'warning' | 'info'

/** What may be found, and how bad it is. `error`: it cannot be meant so. `warning`: it is likely not. `info`: worth a look. */
export const findings = {
  'duplicate-key': 'error',
  contradiction: 'error',
  'dns-closed': 'error',
  'unknown-namespace': 'warning',
  'unknown-cidr-group': 'warning',
  'unknown-service': 'warning',
  'unknown-port-name': 'warning',
  'subject-selects-nothing': 'warning',
  'peer-selects-nothing': 'warning',
  'shadowed-by-deny': 'warning',
  unreachable: 'warning',
  'requests-unchecked': 'warning',
  'listener-conflict': 'warning',
  'dns-unobserved': 'warning',
  'lets-unlabelled-in': 'warning',
  'every-namespace': 'warning',
  'wide-beside-narrow': 'warning',
  'empty-block': 'warning',
  'port-name-is-number': 'warning',
  'requires-dropped': 'warning',
  'audit-left-on': 'warning',
  redundant: 'info',
  'open-to-everyone': 'info',
  'any-protocol': 'info',
  'one-family': 'info',
  'allows-nobody': 'info',
} as const satisfies Record<string, Severity>

export type FindingCode = keyof typeof findings

/** Something in policies that may not be what their author means. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** the policy's key, or the group's name */
  readonly policy: string
  /** the rule's key; absent: it is about the policy */
  readonly rule?: string
  readonly source?: Source
  readonly message: string
  readonly hint: string
}

/** `policies.yaml:12 warning redundant: … (hint)` */
export function formatFinding({ code, severity, policy, rule, source, message, hint }: Finding): string {
  return `${source === undefined ? '' : `${formatSource(source)} `}${severity} ${code}: ${rule ?? policy}: ${message} (${hint})`
}
