import { describe, expect, it } from 'vitest'
import { documentOf, importedGroup, problemsIn } from '../../testing/documents.js'

const group = (apiVersion: string, metadata = 'name: g', cidrs = '10.0.0.0/8'): string =>
  `apiVersion: ${apiVersion}\nkind: CiliumCIDRGroup\nmetadata: { ${metadata} }\nspec: { externalCIDRs: [${cidrs}] }\n`

describe('a CiliumCIDRGroup', () => {
  it.each(['cilium.io/v2', 'cilium.io/v2alpha1'])('of %s', (apiVersion) => {
    expect(importedGroup(group(apiVersion, 'name: g, labels: { a: b }', '10.1.0.0/8, "2001:DB8::/32", 192.0.2.1'))).toEqual({
      kind: 'cidr-group',
      name: 'g',
      labels: { a: 'b' },
      cidrs: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1/32'].map((prefix) => ({ prefix, except: [] })),
      source: { line: 1, column: 1, path: '' },
    })
  })

  it('may be empty', () => {
    expect(importedGroup(group('cilium.io/v2', 'name: g', '')).cidrs).toEqual([])
  })

  it.each([
    ['no block', group('cilium.io/v2', 'name: g', '10.0.0.0/8, x'), 'spec.externalCIDRs[1]', 4, 'x'],
    ['a label that is true', group('cilium.io/v2', 'name: g, labels: { a: true }'), 'metadata.labels.a', 3, 'write it in quotes'],
    ['no list', documentOf('CiliumCIDRGroup', 'cidrs: []'), 'spec.cidrs', 5, 'unknown field cidrs'],
  ])('%s is wrong', (_, text, path, line, message) => {
    expect(problemsIn(text)[0]).toMatchObject({ path, line, message: expect.stringContaining(message) })
  })
})
