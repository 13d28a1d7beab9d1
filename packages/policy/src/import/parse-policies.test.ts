import { describe, expect, it } from 'vitest'
import type { PolicyProblem } from '../errors.js'
import { defineCidrGroup, definePolicy } from '../schema/define.js'
import { documentOf, imported, importedPolicy, problemsIn } from '../testing/documents.js'
import { parsePolicies } from './index.js'
import type { ImportOptions } from './options.js'

const NETWORK_POLICY = documentOf('NetworkPolicy', 'podSelector: {}')
const object = (name: string, spec: object = { podSelector: {} }): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name },
  spec,
})

describe('what is read', () => {
  it('is nothing of nothing', () => {
    expect(imported('')).toEqual([])
    expect(parsePolicies([]).unwrap()).toEqual([])
  })

  it('may be an object, or a list of objects', () => {
    expect(parsePolicies(object('a')).unwrap()).toMatchObject([{ key: 'NetworkPolicy default/a' }])
    expect(parsePolicies([object('a'), object('b')]).unwrap()).toHaveLength(2)
  })

  it('has no places where there was no text', () => {
    expect(parsePolicies(object('a', { ingress: [{}] })).unwrap()[0]).not.toHaveProperty('source')
    expect(problemsIn([object('a'), object('b', { ingress: [{ port: 1 }] })])).toEqual([
      { path: '[1].spec.ingress[0].port', message: 'unknown field port' },
    ])
  })

  it('may be a list in a text', () => {
    const text = JSON.stringify([object('a'), object('b')])
    expect(imported(text)).toMatchObject([{ source: { line: 1, path: '[0]' } }, { source: { line: 1, path: '[1]' } }])
  })

  it('is frozen, and shares nothing with what was given', () => {
    const given = object('a', { podSelector: { matchLabels: { a: 'b' } } })
    const [policy] = parsePolicies(given).unwrap()
    expect(Object.isFrozen(policy?.kind === 'network-policy' && policy.subject.selector.matchLabels)).toBe(true)
    expect(Object.isFrozen((given as { spec: { podSelector: object } }).spec.podSelector)).toBe(false)
  })

  it('is of the namespace that the options name, where it names none', () => {
    const text = NETWORK_POLICY.replace(', namespace: shop', '')
    expect(importedPolicy(text).key).toBe('NetworkPolicy default/web')
    expect(importedPolicy(text, { namespace: 'other' }).key).toBe('NetworkPolicy other/web')
    expect(importedPolicy(NETWORK_POLICY, { namespace: 'other' }).key).toBe('NetworkPolicy shop/web')
  })

  it('may be a list of any kinds', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [object('a'), object('b', { ingress: [{ port: 1 }] })] }
    expect(problemsIn(list)).toMatchObject([{ path: 'items[1].spec.ingress[0].port' }])
    expect(parsePolicies({ ...list, items: [object('a')] }).unwrap()).toHaveLength(1)
  })

  it('may be a list of one kind, whose items do not say it again', () => {
    const list = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicyList',
      items: [{ metadata: { name: 'a' }, spec: { podSelector: {} } }],
    }
    expect(parsePolicies(list).unwrap()).toMatchObject([{ key: 'NetworkPolicy default/a' }])
  })

  it('keeps the places of rules in lists', () => {
    const text = `kind: List\nitems:\n- ${NETWORK_POLICY.trim().replaceAll('\n', '\n  ')}\n    ingress:\n    - {}\n`
    expect(importedPolicy(text)).toMatchObject({
      source: { line: 3, column: 3, path: 'items[0]' },
      rules: [{ source: { line: 9, column: 7, path: 'items[0].spec.ingress[0]' } }],
    })
  })
})

describe('our own nodes', () => {
  const policy = definePolicy({
    kind: 'network-policy',
    key: 'p',
    subject: { kind: 'nodes' },
    rules: [
      {
        direction: 'egress',
        peers: [{ kind: 'cidr', prefix: '::/0' }],
        l7: { parser: 'tls', serverNames: ['a'] },
        ports: [{ protocol: 47 }],
      },
    ],
  }).unwrap()
  const group = defineCidrGroup({ kind: 'cidr-group', name: 'g', cidrs: ['10.0.0.0/8'] }).unwrap()

  it('are read back from JSON as they were', () => {
    expect(imported(JSON.stringify(policy))).toEqual([policy])
    expect(imported(JSON.stringify([policy, group]))).toEqual([policy, group])
    expect(parsePolicies([policy, group]).unwrap()).toEqual([policy, group])
  })

  it('keep the places that they have', () => {
    const read = imported(`${NETWORK_POLICY}  ingress: [{}]`, { file: 'a.yaml' })
    expect(read).toMatchObject([{ source: { file: 'a.yaml' } }])
    expect(imported(JSON.stringify(read), { file: 'b.json' })).toEqual(read)
  })

  it.each([
    ['{ kind: network-policy, key: p, subject: { kind: nodes }, rule: [] }', 'rule', 'unknown field rule'],
    [
      '{ kind: network-policy, key: p, subject: { kind: nodes }, rules: [{ direction: up }] }',
      'rules[0].direction',
      '"up" is none of ingress, egress',
    ],
    ['{ kind: network-policy, key: p }', 'subject', 'is missing'],
    ['{ kind: cidr-group, name: g, cidrs: [10.0.0.0/40] }', 'cidrs[0].prefix', 'no length'],
    ['{ kind: cidr-group, name: g, cidrs: [], apiVersion: v1 }', 'kind', 'understood of no apiVersion, not of v1'],
  ])('%s is wrong', (text, path, message) => {
    expect(problemsIn(text)).toMatchObject([{ path, line: 1, message: expect.stringContaining(message) }])
  })
})

describe('a document that is none', () => {
  it.each([
    ['text', 'hello', '', 'a document is a mapping with a kind'],
    ['a number in a list', '[1]', '[0]', 'a document is a mapping with a kind'],
    ['a list in a list', '[[]]', '[0]', 'a document is a mapping with a kind'],
    ['no kind', 'apiVersion: v1', 'kind', 'is missing'],
    ['a kind that is a number', 'kind: 1', 'kind', 'no name of a kind'],
    ['a version that is a number', '{ kind: NetworkPolicy, apiVersion: 1 }', 'apiVersion', 'is no text'],
    ['an unknown kind', '{ kind: Pod, apiVersion: v1 }', 'kind', 'kind Pod are none that is understood: NetworkPolicy'],
    [
      'a kind of another group',
      '{ kind: NetworkPolicy, apiVersion: extensions/v1beta1 }',
      'kind',
      'understood of networking.k8s.io/v1, not of extensions/v1beta1',
    ],
    ['a kind of no group', '{ kind: NetworkPolicy }', 'kind', 'not of none'],
    ['a list without items', '{ kind: List }', 'items', 'a List has a list of items'],
    ['an item that is text', '{ kind: List, items: [a] }', 'items[0]', 'a document is a mapping'],
    ['a list in an item', '{ kind: List, items: [{ kind: List, items: [] }] }', 'items[0].kind', 'kind List are none'],
    ['a list with more', '{ kind: List, items: [], spec: {} }', 'spec', 'unknown field spec'],
    ['no name', '{ kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {}, spec: {} }', 'metadata.name', 'is missing'],
    [
      'a name that is a number',
      '{ kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: { name: 1 }, spec: {} }',
      'metadata.name',
      'write it in quotes',
    ],
    ['no metadata', '{ kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, spec: {} }', 'metadata', 'is missing'],
    ['no spec', '{ kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: { name: a } }', 'spec', 'is missing'],
    [
      'another section',
      '{ kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: { name: a }, spec: {}, specs: [] }',
      'specs',
      'unknown field specs',
    ],
  ])('%s', (_, text, path, message) => {
    expect(problemsIn(text)).toMatchObject([{ path, line: 1, message: expect.stringContaining(message) }])
  })

  it('is told with all others, each at its line', () => {
    const text = `${NETWORK_POLICY}  policyTypes: [x]\n  a: 1\n  b: 2\n---\nkind: Pod\n`
    expect(problemsIn(text).map(({ line, path }) => [line, path])).toEqual([
      [6, 'spec.policyTypes[0]'],
      [7, 'spec.a'],
      [8, 'spec.b'],
      [10, 'kind'],
    ])
  })

  it.each([
    [
      'an object that holds itself',
      () => Object.assign(object('a'), { spec: undefined as unknown }),
      (one: { spec: unknown }) => (one.spec = one),
      'spec',
      'holds itself',
    ],
    ['a date', () => object('a'), (one: { spec: unknown }) => (one.spec = new Date(0)), 'spec', 'no plain data'],
    ['a map', () => object('a'), (one: { spec: unknown }) => (one.spec = new Map()), 'spec', 'no plain data'],
  ])('%s', (_, make, change, path, message) => {
    const made = make() as { spec: unknown }
    change(made)
    expect(problemsIn(made)).toMatchObject([{ path, message: expect.stringContaining(message) }])
  })

  it('nests without end', () => {
    let spec: object = {}
    for (let at = 0; at < 20_000; at++) spec = { spec }
    expect(problemsIn(object('a', spec))).toMatchObject([{ message: 'nested more than 100 deep' }])
  })
})

describe('two of one identity', () => {
  it.each([
    [
      'policies',
      `${NETWORK_POLICY}---\n${NETWORK_POLICY}`,
      'metadata.name',
      9,
      'NetworkPolicy shop/web is there twice: here, and at line 3',
    ],
    [
      'groups of two kinds',
      '{ kind: cidr-group, name: g, cidrs: [] }\n---\n{ kind: CiliumCIDRGroup, apiVersion: cilium.io/v2, metadata: { name: g }, spec: { externalCIDRs: [] } }',
      'metadata.name',
      3,
      'cidr-group g is there twice: here, and at line 1',
    ],
  ])('%s', (_, text, path, line, message) => {
    expect(problemsIn(text)).toMatchObject([{ path, line, message }])
  })

  it('in a list of objects are told by their paths', () => {
    expect(problemsIn([object('a'), object('a')])).toMatchObject([
      { path: '[1].metadata.name', message: expect.stringContaining('and at [0].metadata.name') },
    ])
  })

  it('differ by their namespaces and kinds', () => {
    const other = NETWORK_POLICY.replace('namespace: shop', 'namespace: other')
    const cilium = documentOf('CiliumNetworkPolicy', 'endpointSelector: {}\ningress: [{}]')
    expect(imported([NETWORK_POLICY, other, cilium].join('---\n'))).toHaveLength(3)
  })
})

describe('what is not understood', () => {
  const lenient = (warnings: PolicyProblem[]): ImportOptions => ({
    file: 'a.yaml',
    unknownFields: 'warning',
    unknownKinds: 'skip-with-warning',
    onWarning: (problem) => warnings.push(problem),
  })

  it('is left out and told, if the caller wants it so', () => {
    const warnings: PolicyProblem[] = []
    const text = `kind: Pod\napiVersion: v1\n---\n${NETWORK_POLICY}  a: 1\n  ingress: [{ port: 1, b: 2 }]\n`
    expect(importedPolicy(text, lenient(warnings))).toMatchObject({ rules: [{ direction: 'ingress' }] })
    expect(warnings.map(({ file, line, path }) => [file, line, path]).sort(([, a], [, b]) => Number(a) - Number(b))).toEqual([
      ['a.yaml', 1, 'kind'],
      ['a.yaml', 9, 'spec.a'],
      ['a.yaml', 10, 'spec.ingress[0].port'],
      ['a.yaml', 10, 'spec.ingress[0].b'],
    ])
  })

  it('leaves the errors errors', () => {
    const warnings: PolicyProblem[] = []
    expect(problemsIn(`${NETWORK_POLICY}  a: 1\n  policyTypes: [x]`, lenient(warnings))).toMatchObject([{ path: 'spec.policyTypes[0]' }])
    expect(warnings).toHaveLength(1)
  })

  it.each([
    ['unknownFields', { unknownFields: 'warning' }, 'onWarning'],
    ['unknownKinds', { unknownKinds: 'skip-with-warning' }, 'onWarning'],
    ['another word', { unknownFields: 'ignore' }, 'unknownFields'],
    ['another word for kinds', { unknownKinds: 'ignore' }, 'unknownKinds'],
    ['a file that is a number', { file: 1 }, 'file'],
    ['an empty namespace', { namespace: '' }, 'namespace'],
    ['a listener that is none', { onWarning: 1 }, 'onWarning'],
  ])('cannot be left out in silence: %s', (_, options, path) => {
    const read = parsePolicies(NETWORK_POLICY, options as unknown as ImportOptions)
    expect(read.isErr() && read.error).toMatchObject({ code: 'input.invalid', path })
  })

  it('needs somebody to tell, as the compiler knows', () => {
    // @ts-expect-error nobody is told
    expect(parsePolicies('', { unknownFields: 'warning' }).isErr()).toBe(true)
    // @ts-expect-error nobody is told
    expect(parsePolicies('', { unknownKinds: 'skip-with-warning' }).isErr()).toBe(true)
    expect(parsePolicies('', { unknownFields: 'error' }).isOk()).toBe(true)
  })

  it.each([undefined, null, 1, true])('%s is no input', (input) => {
    const read = parsePolicies(input as unknown as string)
    expect(read.isErr() && read.error.code).toBe('input.invalid')
  })
})
