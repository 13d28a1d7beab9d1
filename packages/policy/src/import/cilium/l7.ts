import type { DnsMatch } from '../../rule/l7.js'
import type { L7Input } from '../node-inputs.js'
import type { L7RulesDocument, ListenerDocument, TlsDocument } from './l7-document.js'
import { looksIntoRequests, type ToPortsDocument } from './to-ports-document.js'

/** The proxy's part of a toPorts entry; undefined: the flows pass as they are. */
export function l7Of(entry: ToPortsDocument, namespace: string | undefined): L7Input | undefined {
  const { rules, serverNames, terminatingTLS, originatingTLS, listener } = entry
  const parser = parserOf(entry)
  if (parser === undefined) return undefined
  return {
    parser,
    listener: listener && { name: listenerName(listener, namespace), priority: listener.priority },
    http: nonEmpty(rules?.http)?.map(withoutEmptyTexts),
    dns: nonEmpty(rules?.dns)?.flatMap(dnsMatches),
    kafka: nonEmpty(rules?.kafka)?.map(withoutEmptyTexts),
    generic: rules?.l7,
    serverNames,
    terminatingTls: secretName(terminatingTLS, namespace),
    originatingTls: secretName(originatingTLS, namespace),
  }
}

/**
 * Rules are looked for by the parser of their protocol. Without rules, what asks for TLS is parsed as far as the TLS handshake, and a
 * listener of the author's own gets the bytes: `tcp`.
 */
function parserOf({ rules, serverNames, terminatingTLS, originatingTLS, listener }: ToPortsDocument): string | undefined {
  if (looksIntoRequests(rules)) return protocolOf(rules)
  if (listener !== undefined) return 'tcp'
  return (serverNames ?? terminatingTLS ?? originatingTLS) ? 'tls' : undefined
}

function protocolOf(rules: L7RulesDocument | undefined): string | undefined {
  return rules?.l7proto ?? (['http', 'dns', 'kafka'] as const).find((protocol) => rules?.[protocol] !== undefined)
}

function nonEmpty<T>(list: T[] | undefined): T[] | undefined {
  return list?.length === 0 ? undefined : list
}

/** A text that is empty is one left out; in a node it would be a pattern that only the empty value matches. */
function withoutEmptyTexts<T extends object>(match: T): T {
  return Object.fromEntries(Object.entries(match).filter(([, value]) => value !== '')) as T
}

function dnsMatches({ matchName, matchPattern }: DnsMatch): DnsMatch[] {
  return [...(matchName === undefined ? [] : [{ matchName }]), ...(matchPattern === undefined ? [] : [{ matchPattern }])]
}

/** `NAMESPACE/CONFIG/LISTENER`; of a cluster-wide configuration the namespace is empty. Source: Cilium, pkg/policy/api: ResourceQualifiedName. */
function listenerName({ envoyConfig, name }: ListenerDocument, namespace = ''): string {
  return `${envoyConfig.kind === 'CiliumClusterwideEnvoyConfig' ? '' : namespace}/${envoyConfig.name}/${name}`
}

/** `NAMESPACE/NAME`, the policy's own namespace where the context names none. */
function secretName(tls: TlsDocument | undefined, otherwise: string | undefined): string | undefined {
  if (tls === undefined) return undefined
  const { name, namespace = otherwise } = tls.secret
  return namespace === undefined ? name : `${namespace}/${name}`
}
