import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { imported } from '../testing/documents.js'
import { parsePolicies } from './index.js'

const FOLDER = new URL('../../testdata/documents/', import.meta.url)
const names = readdirSync(FOLDER)
const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8')

describe('the documents', () => {
  it('are many', () => {
    expect(names.length).toBeGreaterThan(60)
  })

  it.each(names)('%s', (name) => {
    const warnings: unknown[] = []
    const policies = imported(read(name), { file: name, onWarning: (problem) => warnings.push(problem) })
    expect(policies.length).toBeGreaterThan(0)
    expect(warnings).toEqual([])
    expect(imported(JSON.stringify(policies))).toEqual(policies)
    expect(parsePolicies(JSON.parse(JSON.stringify(policies))).unwrap()).toEqual(policies)
  })

  it.each(names.filter((name) => name !== 'own-nodes.yaml'))('%s: every rule has a place', (name) => {
    const lines = read(name).split('\n')
    for (const policy of imported(read(name), { file: name })) {
      const sources = [policy.source, ...(policy.kind === 'network-policy' ? policy.rules.map(({ source }) => source) : [])]
      for (const source of sources) {
        expect(source?.file).toBe(name)
        expect(lines[(source?.line ?? 0) - 1]?.slice((source?.column ?? 0) - 1)).toMatch(/^["{\w]/)
      }
    }
  })

  it('are of every kind that is understood', () => {
    const kinds = new Set(names.flatMap((name) => [...read(name).matchAll(/"?kind"?: "?([\w-]+)/g)].map(([, kind]) => kind)))
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        'NetworkPolicy',
        'CiliumNetworkPolicy',
        'CiliumClusterwideNetworkPolicy',
        'CiliumCIDRGroup',
        'AdminNetworkPolicy',
        'BaselineAdminNetworkPolicy',
        'ClusterNetworkPolicy',
        'network-policy',
        'cidr-group',
      ]),
    )
  })
})
