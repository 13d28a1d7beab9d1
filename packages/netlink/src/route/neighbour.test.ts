import { Mac } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import { NLMSG_HDRLEN, readMessage, Writer, writeMessage } from '../wire/index.js'
import {
  addFdbEntry,
  addNeighbour,
  deleteFdbEntry,
  deleteNeighbour,
  fdbView,
  listFdb,
  listNeighbours,
  type NeighbourMessage,
  neighbourView,
} from './neighbour.js'
import { neighbourMessage, RTM_NEWNEIGH } from './neighbour-message.js'

function decoded(message: object): NeighbourMessage {
  const out = new Writer()
  writeMessage(out, neighbourMessage, RTM_NEWNEIGH, 0, 1, message as never)
  const bytes = out.take()
  return readMessage(neighbourMessage, bytes, NLMSG_HDRLEN, bytes.length) as NeighbourMessage
}

const mac = '02:00:00:00:00:01'

describe('a neighbour', () => {
  it('is permanent unless said otherwise', () => {
    const view = neighbourView(decoded(addNeighbour({ link: 7, address: '10.0.0.9', hardwareAddress: mac }).message))
    expect(view).toMatchObject({
      link: 7,
      family: 4,
      hardwareAddress: Mac.parse(mac).unwrap(),
      states: ['permanent'],
      proxy: false,
      router: false,
      externallyLearned: false,
      protocol: undefined,
    })
    expect(String(view?.address)).toBe('10.0.0.9')
  })

  it('may be a proxy entry, without a hardware address and a state', () => {
    expect(neighbourView(decoded(addNeighbour({ link: 7, address: '2001:db8::9', proxy: true }).message))).toMatchObject({
      family: 6,
      proxy: true,
      states: [],
      hardwareAddress: undefined,
    })
  })

  it('has flags and a maker', () => {
    const { message } = addNeighbour({
      link: 7,
      address: '2001:db8::9',
      hardwareAddress: mac,
      state: 'reachable',
      router: true,
      externallyLearned: true,
      protocol: 'bgp',
    })
    expect(neighbourView(decoded(message))).toMatchObject({ states: ['reachable'], router: true, externallyLearned: true, protocol: 'bgp' })
  })

  it('in another state may lack its hardware address', () => {
    expect(neighbourView(decoded(addNeighbour({ link: 7, address: '10.0.0.9', state: 'noarp' }).message))).toMatchObject({
      states: ['noarp'],
    })
  })

  it('is deleted by its address', () => {
    expect(Object.keys(decoded(deleteNeighbour({ link: 7, address: '10.0.0.9' }).message).attributes)).toEqual(['destination'])
    expect(decoded(deleteNeighbour({ link: 7, address: '10.0.0.9', proxy: true }).message)).toMatchObject({ flags: 8 })
  })

  it('is listed by link, family, or as a proxy', () => {
    expect(decoded(listNeighbours({ link: 7, family: 6, proxy: true }).message)).toMatchObject({
      family: 10,
      flags: 8,
      attributes: { outputInterface: 7 },
    })
    expect(decoded(listNeighbours().message)).toMatchObject({ family: 0, flags: 0, attributes: {} })
  })

  it('is none without an address, or of a bridge', () => {
    expect(neighbourView(decoded({ family: 2 }))).toBeUndefined()
    expect(neighbourView(decoded({ family: 7, attributes: { destination: '10.0.0.1' } }))).toBeUndefined()
  })
})

describe('an entry of a forwarding table', () => {
  it('is of the device itself, or of its master', () => {
    const self = fdbView(
      decoded(
        addFdbEntry({ link: 7, hardwareAddress: mac, remote: '192.0.2.9', port: 4789, vni: 5, via: 3, externallyLearned: true }).message,
      ),
    )
    expect(self).toMatchObject({ link: 7, of: 'self', port: 4789, vni: 5, via: 3, states: ['permanent'], externallyLearned: true })
    expect(String(self?.remote)).toBe('192.0.2.9')
    expect(
      fdbView(decoded(addFdbEntry({ link: 7, hardwareAddress: mac, of: 'master', vlan: 10, state: 'reachable' }).message)),
    ).toMatchObject({ of: 'master', vlan: 10, states: ['reachable'] })
  })

  it('is put in place of another, behind it, or not at all', () => {
    const flags = (ifExists?: 'refuse' | 'replace' | 'append') => addFdbEntry({ link: 7, hardwareAddress: mac }, ifExists).flags
    expect([flags(), flags('replace'), flags('append')]).toEqual([0x600, 0x500, 0xc00])
  })

  it('is deleted by the same, and listed by port or bridge', () => {
    expect(decoded(deleteFdbEntry({ link: 7, hardwareAddress: mac }).message)).toMatchObject({ family: 7, index: 7, flags: 2 })
    expect(decoded(listFdb({ link: 7, master: 3 }).message)).toMatchObject({ family: 7, index: 7, attributes: { master: 3 } })
  })

  it('is none without a hardware address, or of another family', () => {
    expect(fdbView(decoded({ family: 7 }))).toBeUndefined()
    expect(fdbView(decoded({ family: 2, attributes: { hardwareAddress: mac } }))).toBeUndefined()
  })
})
