import { describe, expect, it } from 'vitest'
import { LabelSet, parseLabelKey } from './label.js'

describe('the key of a label', () => {
  it.each([
    ['app', 'any', 'any', 'app'],
    ['k8s:app', 'any', 'k8s', 'app'],
    ['any:app', 'k8s', 'any', 'app'],
    ['reserved:host', 'any', 'reserved', 'host'],
    ['node:disk', 'any', 'node', 'disk'],
    // what is no source is part of the key, as it is in Kubernetes never
    ['foo:app', 'k8s', 'k8s', 'foo:app'],
    [':app', 'k8s', 'k8s', ':app'],
    ['k8s:', 'any', 'k8s', ''],
    ['cidr:10.0.0.0/8', 'any', 'cidr', '10.0.0.0/8'],
    ['kubernetes.io/name', 'k8s', 'k8s', 'kubernetes.io/name'],
    ['k8s:a:b', 'any', 'k8s', 'a:b'],
    ['K8S:app', 'any', 'any', 'K8S:app'],
    ['toString:app', 'any', 'any', 'toString:app'],
  ])('%s', (text, otherwise, source, key) => {
    expect(parseLabelKey(text, otherwise)).toEqual({ source, key })
  })
})

describe('a set of labels', () => {
  const set = new LabelSet([
    ['app', 'web'],
    ['container:app', 'box'],
    ['empty', ''],
    ['reserved:host', ''],
  ])

  it.each([
    ['any', 'app', ['web', 'box']],
    ['k8s', 'app', ['web']],
    ['container', 'app', ['box']],
    ['reserved', 'app', []],
    ['any', 'empty', ['']],
    ['any', 'absent', []],
    ['any', 'toString', []],
    ['any', '__proto__', []],
  ])('%s:%s', (source, key, values) => {
    expect(set.values({ source, key })).toEqual(values)
    expect(set.has({ source, key })).toBe(values.length > 0)
  })

  it('takes the later of two values of one source', () => {
    expect(
      new LabelSet([
        ['app', 'one'],
        ['k8s:app', 'two'],
      ]).entries(),
    ).toEqual([['k8s:app', 'two']])
  })

  it('writes the same whatever the order, and an empty value as the key alone', () => {
    expect(set.entries()).toEqual([
      ['container:app', 'box'],
      ['k8s:app', 'web'],
      ['k8s:empty', ''],
      ['reserved:host', ''],
    ])
    expect(`${set}`).toBe('container:app=box, k8s:app=web, k8s:empty, reserved:host')
    expect(`${new LabelSet(set.entries().reverse())}`).toBe(`${set}`)
    expect(`${LabelSet.EMPTY}`).toBe('')
  })
})
