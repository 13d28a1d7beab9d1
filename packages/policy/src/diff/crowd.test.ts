import { describe, expect, it } from 'vitest'
import { Crowd, type Individual } from './crowd.js'

const one = (name: string, namespace: string | undefined, labels: Record<string, string>): Individual => ({ name, namespace, labels })
const everybody = [
  one('a/web-1', 'a', { app: 'web', env: 'x', nth: '1' }),
  one('a/web-2', 'a', { app: 'web', env: 'x', nth: '2' }),
  one('a/db', 'a', { app: 'db', env: 'y' }),
  one('a/old', 'a', { app: 'web', env: 'y', 'container:kept': '' }),
  one('b/web', 'b', { app: 'web', env: 'x' }),
  one('b/lone', 'b', { app: 'lone', env: 'z' }),
  one('stray', undefined, { app: 'stray' }),
  ...['c', 'd', 'e', 'f', 'g'].map((namespace) => one(`${namespace}/x`, namespace, { app: 'x' })),
]

describe('a crowd in words', () => {
  const crowd = new Crowd(everybody, 'endpoint')
  it.each<[string, (one: Individual) => boolean, string[]]>([
    ['nobody', () => false, []],
    ['one', ({ name }) => name === 'a/db', ['a/db']],
    ['everybody', () => true, ['every endpoint']],
    ['a namespace', ({ namespace }) => namespace === 'a', ['every endpoint in a (4)']],
    ['by labels in a namespace', ({ name }) => /a.web-/.test(name), ['{env=x} in a (2 endpoints)']],
    ['by labels in all namespaces', ({ labels }) => labels.env === 'x', ['{env=x} (3 endpoints)']],
    ['by two labels that say it together', ({ labels }) => labels.app === 'web' && labels.env === 'x', ['{env=x} (3 endpoints)']],
    ['by names where no labels say it', ({ name }) => ['a/web-1', 'a/db'].includes(name), ['a/db, a/web-1']],
    ['all but one', ({ name }) => name !== 'a/db', ['every endpoint but a/db']],
    ['all but some that labels tell', ({ labels }) => labels.env !== 'x', ['every endpoint but {env=x} (3 endpoints)']],
    ['namespace by namespace', ({ name }) => ['a/db', 'b/web', 'b/lone'].includes(name), ['a/db', 'every endpoint in b (2)']],
  ])('%s', (_, is, expected) => {
    expect(crowd.describe(everybody.filter(is))).toEqual(expected)
  })

  it('as few names as will do, where there are many', () => {
    const many = Array.from({ length: 9 }, (_, at) => one(`a/${at}`, 'a', {}))
    expect(new Crowd(many, 'identity').describe(many.slice(0, 5))).toEqual(['a/0, a/1 and 3 more'])
  })

  it('an empty value is shown', () => {
    const two = [one('a', undefined, { 'container:k': '' }), one('b', undefined, { 'container:k': '' }), one('c', undefined, { k: '' })]
    expect(new Crowd(two, 'endpoint').describe(two.slice(0, 2))).toEqual(['{container:k=""} without a namespace (2 endpoints)'])
  })
})
