import { definePolicy, type NetworkPolicy, type NetworkPolicyInput, type UniverseInput } from '@axoneme/policy'

/** A cluster as large ones are: namespaces of apps, each app in a few variants, and policies that speak of apps. */
const NAMESPACES = 100
const VARIANTS = 5

/** Numbers that look random and are the same in each run. */
export function sequence(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const namespaceOf = (at: number): string => `ns-${at % NAMESPACES}`

export function identityAt(at: number): { name: string; namespace: string; labels: Record<string, string> } {
  const app = Math.floor(at / NAMESPACES / VARIANTS)
  return {
    name: `pod-${at}`,
    namespace: namespaceOf(at),
    labels: { app: `app-${app}`, tier: `tier-${app % 4}`, variant: `v${Math.floor(at / NAMESPACES) % VARIANTS}`, release: `r${at % 7}` },
  }
}

export const appsPerNamespace = (identities: number): number => Math.max(1, Math.floor(identities / NAMESPACES / VARIANTS))

/** @param local how many of the identities have an endpoint here; the others are known from elsewhere */
export function clusterOf(identities: number, local: number): UniverseInput {
  const endpoints: NonNullable<UniverseInput['endpoints']>[number][] = []
  const others: NonNullable<UniverseInput['identities']>[number][] = []
  // spread over all namespaces, apps and variants
  const here = new Set(Array.from({ length: local }, (_, at) => Math.floor((at * identities) / local)))
  for (let at = 0; at < identities; at++) {
    const { name, namespace, labels } = identityAt((at * 7_919) % identities)
    const identity = 1_000 + at
    const address = `10.${(at >> 16) + 100}.${(at >> 8) & 255}.${at & 255}`
    if (here.has(at)) endpoints.push({ name, namespace, labels, identity, addresses: [address] })
    else others.push({ namespace, labels, identity })
  }
  return {
    namespaces: Array.from({ length: NAMESPACES }, (_, at) => ({
      name: `ns-${at}`,
      labels: { env: at % 3 === 0 ? 'prod' : 'dev', team: `team-${at % 10}` },
    })),
    endpoints,
    identities: others,
    nodes: [
      { name: 'node-0', local: true, addresses: ['192.0.2.1'] },
      ...Array.from({ length: 20 }, (_, at) => ({ name: `node-${at + 1}`, addresses: [`192.0.2.${at + 2}`] })),
    ],
    bindings: Array.from({ length: 500 }, (_, at) => ({ name: `host-${at}.example.com`, addresses: [`198.51.${at >> 8}.${at & 255}`] })),
  }
}

type RuleInput = NonNullable<NetworkPolicyInput['rules']>[number]

/** 60 of a hundred policies select by labels, 20 by address blocks, 10 by entities, 10 by names. */
export function policyAt(at: number, identities: number, next = sequence(at)): NetworkPolicy {
  const apps = appsPerNamespace(identities)
  const namespace = namespaceOf(at)
  const app = (): string => `app-${next(apps)}`
  const ports = [
    { protocol: 'tcp' as const, port: [80, 443, 8080, 5432, 9090][next(5)] as number },
    ...(next(3) === 0 ? [{ protocol: 'tcp' as const, port: 30_000, endPort: 30_000 + next(2_000) }] : []),
  ]
  const sort = at % 10
  const rules: RuleInput[] =
    sort < 6
      ? [
          {
            direction: 'ingress',
            peers: [{ kind: 'endpoints', namespaces: { names: [namespace] }, selector: { matchLabels: { app: app() } } }],
            ports,
          },
          {
            direction: 'ingress',
            peers: [
              {
                kind: 'endpoints',
                namespaces: { selector: { matchLabels: { team: `team-${next(10)}` } } },
                selector: { matchExpressions: [{ key: 'app', operator: 'In', values: [app(), app()] }] },
              },
            ],
          },
          {
            direction: 'egress',
            peers: [{ kind: 'endpoints', namespaces: { names: [namespace] }, selector: { matchLabels: { tier: `tier-${next(4)}` } } }],
            ports,
          },
        ]
      : sort < 8
        ? [
            {
              direction: 'egress',
              peers: Array.from({ length: 3 }, () => {
                const [one, two] = [next(200), next(256)]
                return { kind: 'cidr' as const, prefix: `${one + 20}.${two}.0.0/16`, except: [`${one + 20}.${two}.${next(256)}.0/24`] }
              }),
              ports,
            },
          ]
        : sort < 9
          ? [
              {
                direction: 'ingress',
                peers: [{ kind: 'entity', entity: (['cluster', 'world', 'host', 'kube-apiserver'] as const)[next(4)] as 'cluster' }],
                ports,
              },
              { direction: 'egress', peers: [{ kind: 'entity', entity: 'kube-apiserver' }], ports: [{ protocol: 'tcp', port: 6443 }] },
            ]
          : [
              {
                direction: 'egress',
                peers: [
                  { kind: 'fqdn', matchName: `host-${next(500)}.example.com` },
                  { kind: 'fqdn', matchPattern: `*-${next(50)}.example.com` },
                ],
                ports,
              },
            ]
  return definePolicy({
    kind: 'network-policy',
    key: `policy ${namespace}/p-${at}`,
    subject: { kind: 'endpoints', namespaces: { names: [namespace] }, selector: { matchLabels: { app: app() } } },
    rules,
  }).unwrap()
}

/** Half of them allowed and half denied, in one policy about one endpoint. */
export function blocksPolicy(allowed: number, denied: number): NetworkPolicy {
  const block = (at: number) => ({ kind: 'cidr' as const, prefix: `${20 + (at >> 8)}.${at & 255}.0.0/${16 + (at % 3) * 4}` })
  return definePolicy({
    kind: 'network-policy',
    key: 'policy ns-0/blocks',
    subject: { kind: 'endpoints', selector: { matchLabels: { app: 'app-0' } } },
    rules: [
      { direction: 'egress', peers: Array.from({ length: allowed }, (_, at) => block(at)), ports: [{ protocol: 'tcp', port: 443 }] },
      { direction: 'egress', action: 'deny', peers: Array.from({ length: denied }, (_, at) => block(at * 2 + 1)) },
    ],
  }).unwrap()
}
