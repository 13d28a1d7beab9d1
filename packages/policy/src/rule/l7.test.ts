import { describe, expect, it } from 'vitest'
import { l7Schema } from './l7.js'

const http = (path: string) => l7Schema.safeParse({ parser: 'http', http: [{ path }] })

describe('requests', () => {
  it.each(['/a/.*', '(?i)/API', '(?i:/api)/x', '(?P<id>[0-9]+)', '\\A/x\\z', ''])('take the expression %j, as the proxies do', (path) => {
    expect(http(path).success).toBe(true)
  })

  it.each(['(', '[', '*', '(?<x'])('refuse the expression %j', (path) => {
    expect(http(path).error?.issues).toMatchObject([{ path: ['http', 0, 'path'] }])
  })

  it.each([
    [{ parser: 'http', dns: [{ matchName: 'a.b' }] }, 'rules of dns stand under the parser http'],
    [{ parser: 'dns', dns: [{}] }, 'give exactly one of matchName and matchPattern'],
    [{ parser: 'dns', dns: [{ matchName: 'a', matchPattern: 'b' }] }, 'give exactly one of matchName and matchPattern'],
  ])('refuse %j', (value, message) => {
    expect(l7Schema.safeParse(value).error?.issues).toMatchObject([{ message }])
  })
})
