import { describe, expect, it } from 'vitest'
import { peerSchema } from './peer.js'

describe('a peer', () => {
  it.each<[string, object, string]>([
    ['no kind', { selector: {} }, 'kind'],
    ['a group by name and selector', { kind: 'cidr-group', name: 'a', selector: {} }, ''],
    ['a group by neither', { kind: 'cidr-group' }, ''],
    ['a group less what is no block', { kind: 'cidr-group', name: 'a', except: ['nonsense'] }, 'except.0'],
    ['a service by neither', { kind: 'service', namespace: 'a' }, ''],
    ['a name and a pattern', { kind: 'fqdn', matchName: 'a', matchPattern: '*' }, ''],
    ['neither a name nor a pattern', { kind: 'fqdn' }, ''],
    ['an unknown entity', { kind: 'entity', entity: 'mars' }, 'entity'],
    ['what is no block', { kind: 'cidr', prefix: '10.0.0/8' }, 'prefix'],
    ['a block that is too long', { kind: 'cidr', prefix: '10.0.0.0/33' }, 'prefix'],
    ['an exception outside of the block', { kind: 'cidr', prefix: '10.0.0.0/8', except: ['11.0.0.0/16'] }, 'except.0'],
    ['an exception larger than the block', { kind: 'cidr', prefix: '10.0.0.0/8', except: ['0.0.0.0/0'] }, 'except.0'],
    ['an exception of the other family', { kind: 'cidr', prefix: '::/0', except: ['10.0.0.0/8'] }, 'except.0'],
    ['an unknown field', { kind: 'nodes', labels: {} }, ''],
    ['an unknown scope', { kind: 'endpoints', scope: 'all' }, 'scope'],
  ])('is refused with %s', (_, peer, path) => {
    const parsed = peerSchema.safeParse(peer)
    expect(parsed.success ? undefined : parsed.error.issues[0]?.path.join('.')).toBe(path)
  })

  it.each<[object, object]>([
    [{ kind: 'endpoints' }, { kind: 'endpoints', selector: {}, scope: 'managed' }],
    [{ kind: 'nodes' }, { kind: 'nodes', selector: {}, scope: 'all' }],
    [
      { kind: 'cidr', prefix: '10.1.2.3/8' },
      { kind: 'cidr', prefix: '10.0.0.0/8', except: [], scope: 'external' },
    ],
    [
      { kind: 'cidr', prefix: '2001:DB8::1', except: ['2001:db8:0::1/128'] },
      { kind: 'cidr', prefix: '2001:db8::1/128', except: ['2001:db8::1/128'], scope: 'external' },
    ],
    [
      { kind: 'cidr-group', name: 'a', except: ['10.1.1.1/24'] },
      { kind: 'cidr-group', name: 'a', except: ['10.1.1.0/24'] },
    ],
  ])('%j is read as %j', (given, read) => {
    expect(peerSchema.parse(given)).toEqual(read)
  })
})
