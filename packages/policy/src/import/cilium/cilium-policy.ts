import type { z } from 'zod'
import type { NetworkPolicyInput, Policy } from '../../rule/policy.js'
import { finishPolicy } from '../finish-policy.js'
import { type Kind, NAME_PATH } from '../kind.js'
import type { Reading } from '../reading/reading.js'
import type { DocumentPath } from '../reading/source-document.js'
import { checkShape } from '../shape/check-shape.js'
import { clusterwideDocument, namespacedDocument } from './policy-document.js'
import { egressRules, ingressRules } from './rules.js'
import type { SpecDocument } from './spec-document.js'
import { subjectOf } from './subject.js'

const apiVersions = ['cilium.io/v2']

export const ciliumNetworkPolicy: Kind = {
  apiVersions,
  kind: 'CiliumNetworkPolicy',
  namespaced: true,
  identity: NAME_PATH,
  read(value, base, reading) {
    const document = checkShape(namespacedDocument, value, base, reading)
    if (document === undefined) return []
    const { name, namespace = reading.settings.namespace } = document.metadata
    return policiesOf(document, `CiliumNetworkPolicy ${namespace}/${name}`, namespace, base, reading)
  },
}

export const ciliumClusterwideNetworkPolicy: Kind = {
  apiVersions,
  kind: 'CiliumClusterwideNetworkPolicy',
  namespaced: false,
  identity: NAME_PATH,
  read(value, base, reading) {
    const document = checkShape(clusterwideDocument, value, base, reading)
    if (document === undefined) return []
    return policiesOf(document, `CiliumClusterwideNetworkPolicy ${document.metadata.name}`, undefined, base, reading)
  },
}

type Document = z.infer<typeof clusterwideDocument> | z.infer<typeof namespacedDocument>

/** One policy for each spec: they have subjects of their own. */
function policiesOf(
  { spec, specs = [] }: Document,
  key: string,
  namespace: string | undefined,
  base: DocumentPath,
  reading: Reading,
): Policy[] {
  const each: [SpecDocument, string, DocumentPath][] = [
    ...(spec === undefined ? [] : [[spec, key, [...base, 'spec']] satisfies [SpecDocument, string, DocumentPath]]),
    ...specs.map((one, at): [SpecDocument, string, DocumentPath] => [one, `${key}#${at}`, [...base, 'specs', at]]),
  ]
  return each.flatMap(([one, name, path]) => {
    const policy = finishPolicy(
      { ...policyOf(one, namespace, path, reading), key: name, source: reading.source(path.at(-1) === 'spec' ? base : path) },
      path,
      reading,
    )
    return policy === undefined ? [] : [policy]
  })
}

function policyOf(
  spec: SpecDocument,
  namespace: string | undefined,
  path: DocumentPath,
  reading: Reading,
): Omit<NetworkPolicyInput, 'key'> {
  const { ingress = [], ingressDeny = [], egress = [], egressDeny = [], enableDefaultDeny = {} } = spec
  return {
    kind: 'network-policy',
    subject: subjectOf(spec, namespace, path, reading),
    defaultDeny: {
      ingress: enableDefaultDeny.ingress ?? ingress.length + ingressDeny.length > 0,
      egress: enableDefaultDeny.egress ?? egress.length + egressDeny.length > 0,
    },
    log: spec.log?.value,
    rules: [
      ...ingress.flatMap((rule, at) => ingressRules(rule, 'allow', namespace, [...path, 'ingress', at], reading)),
      ...ingressDeny.flatMap((rule, at) => ingressRules(rule, 'deny', namespace, [...path, 'ingressDeny', at], reading)),
      ...egress.flatMap((rule, at) => egressRules(rule, 'allow', namespace, [...path, 'egress', at], reading)),
      ...egressDeny.flatMap((rule, at) => egressRules(rule, 'deny', namespace, [...path, 'egressDeny', at], reading)),
    ],
  }
}
