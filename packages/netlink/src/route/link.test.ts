import { Mac } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import { NLM_F_CREATE, NLM_F_EXCL, NLMSG_HDRLEN, readMessage, Writer, writeMessage } from '../wire/index.js'
import {
  checkLinkName,
  createLink,
  deleteLink,
  deleteLinkGroup,
  getLink,
  type LinkMessage,
  linkView,
  listLinks,
  updateLink,
} from './link.js'
import { linkMessage, RTM_NEWLINK, RTM_SETLINK } from './link-message.js'

/** As the kernel would read it. */
function decoded(message: object): LinkMessage {
  const out = new Writer()
  writeMessage(out, linkMessage, RTM_NEWLINK, 0, 1, message as never)
  const bytes = out.take()
  return readMessage(linkMessage, bytes, NLMSG_HDRLEN, bytes.length) as LinkMessage
}

describe('making a link', () => {
  it('is one message when the kernel takes all of it at creation', () => {
    const { create, followUp } = createLink({
      kind: 'vxlan',
      name: 'vx0',
      mtu: 1450,
      up: true,
      promiscuous: false,
      address: '02:00:00:00:00:01',
      netns: { fd: 9 },
      data: { vni: 7, port: 8472 },
    })
    expect(followUp).toBeUndefined()
    expect(create).toMatchObject({
      what: 'create vxlan link vx0',
      type: RTM_NEWLINK,
      flags: NLM_F_CREATE | NLM_F_EXCL,
      driver: { name: 'vxlan', config: 'CONFIG_VXLAN' },
    })
    expect(decoded(create.message)).toMatchObject({
      flags: 1,
      change: 0x101,
      attributes: {
        ifname: 'vx0',
        mtu: 1450,
        address: Mac.parse('02:00:00:00:00:01').unwrap(),
        netnsFd: 9,
        linkinfo: { kind: 'vxlan', data: { vni: 7, port: 8472 } },
      },
    })
  })

  it('is two when the kernel would leave something out; a move comes last', () => {
    const { create, followUp } = createLink({ kind: 'dummy', name: 'd0', up: true, alias: 'ours', netns: { pid: 44 } })
    expect(decoded(create.message).attributes).not.toHaveProperty('netnsPid')
    expect(decoded(followUp?.message ?? {})).toMatchObject({
      flags: 1,
      change: 1,
      attributes: { ifname: 'd0', alias: 'ours', netnsPid: 44 },
    })
  })

  it('of a bridge port sets it in the second message', () => {
    const { followUp } = createLink({ kind: 'dummy', name: 'd0', master: 3, port: { isolated: true } })
    expect(decoded(followUp?.message ?? {}).attributes.linkinfo).toEqual({ slaveKind: 'bridge', slaveData: { isolated: true } })
    expect(followUp?.type).toBe(RTM_NEWLINK)
  })
})

describe('changing a link', () => {
  it('says only what changes', () => {
    const { message, type } = updateLink(7, { up: false, noArp: true, allMulticast: true, name: 'new', alias: '' })
    expect(type).toBe(RTM_SETLINK)
    const { index, flags, change, attributes } = decoded(message)
    expect([index, flags, change]).toEqual([7, 0x280, 0x281])
    expect(attributes).toEqual({ ifname: 'new', alias: '' })
  })

  it('of its kind names the kind', () => {
    const { message, type } = updateLink('vx0', { kind: 'vxlan', data: { ttl: 9 } })
    expect(type).toBe(RTM_NEWLINK)
    expect(decoded(message).attributes).toEqual({ ifname: 'vx0', linkinfo: { kind: 'vxlan', data: { ttl: 9 } } })
  })
})

describe('a link meant', () => {
  it('is by index, name, or alternative name', () => {
    expect(decoded(getLink(7).message)).toMatchObject({ index: 7, attributes: { extendedMask: 8 } })
    expect(decoded(getLink('e0').message).attributes).toMatchObject({ ifname: 'e0' })
    expect(decoded(getLink('a-name-that-is-an-alternative').message).attributes).toMatchObject({ altName: 'a-name-that-is-an-alternative' })
    expect(decoded(deleteLink('e0').message).attributes).toEqual({ ifname: 'e0' })
    expect(decoded(deleteLinkGroup(9).message).attributes).toEqual({ group: 9 })
    expect(decoded(listLinks().message)).toMatchObject({ index: 0, attributes: { extendedMask: 8 } })
  })

  it.each(['e0', 'a'.repeat(15), 'eth0.100', 'wg-1_x', 'ü'])('may be called %s', (name) => {
    expect(checkLinkName(name, 'name')).toBe(name)
  })
})

describe('a link shown', () => {
  it('has what the kernel said, by name', () => {
    const view = linkView(
      decoded({
        index: 7,
        type: 1,
        flags: 0x1_0001,
        attributes: {
          ifname: 'vx0',
          mtu: 1450,
          operState: 6,
          linkinfo: { kind: 'vxlan', data: { vni: 7 }, slaveKind: 'bridge', slaveData: { state: 3 } },
          master: 3,
          properties: ['other', 'more'],
          group: 4,
          '#200': Uint8Array.of(1),
        },
      }),
    )
    expect(view).toMatchObject({
      index: 7,
      name: 'vx0',
      up: true,
      lowerUp: true,
      operState: 'up',
      mtu: 1450,
      kind: 'vxlan',
      data: { vni: 7 },
      portKind: 'bridge',
      port: { state: 3 },
      master: 3,
      altNames: ['other', 'more'],
      group: 4,
    })
    expect(view.attributes['#200']).toEqual(Uint8Array.of(1))
  })

  it('has nothing where the kernel said nothing', () => {
    expect(linkView(decoded({}))).toMatchObject({
      name: '',
      up: false,
      lowerUp: false,
      operState: 'unknown',
      mtu: 0,
      kind: undefined,
      altNames: [],
      master: undefined,
      group: 0,
      txQueueLength: 0,
    })
  })

  it('of an unknown kind has its data as bytes', () => {
    expect(linkView(decoded({ attributes: { linkinfo: { kind: 'token-ring', data: Uint8Array.of(1, 2) } } }))).toMatchObject({
      kind: 'token-ring',
      data: Uint8Array.of(1, 2),
    })
  })
})
