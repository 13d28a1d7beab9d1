import { describe, expect, it } from 'vitest'
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NLMSG_HDRLEN, readMessage, Writer, writeMessage } from '../wire/index.js'
import { type AddressMessage, addAddress, addressView, deleteAddress, listAddresses, taken } from './address.js'
import { addressMessage, RTM_NEWADDR } from './address-message.js'

function decoded(message: object): AddressMessage {
  const out = new Writer()
  writeMessage(out, addressMessage, RTM_NEWADDR, 0, 1, message as never)
  const bytes = out.take()
  return readMessage(addressMessage, bytes, NLMSG_HDRLEN, bytes.length) as AddressMessage
}

const shown = (message: object) => JSON.parse(JSON.stringify(addressView(decoded(message)) ?? null))

describe('adding an address', () => {
  it('says where it is and how far it reaches', () => {
    const { message, flags } = addAddress({ link: 7, address: '10.0.0.1/24', broadcast: '10.0.0.255', label: 'e0:1', protocol: 'bird' })
    expect(flags).toBe(NLM_F_CREATE | NLM_F_EXCL)
    expect(shown(message)).toMatchObject({
      link: 7,
      address: '10.0.0.1/24',
      family: 4,
      broadcast: '10.0.0.255',
      label: 'e0:1',
      scope: 'universe',
      protocol: 'bird',
    })
    expect(addAddress({ link: 7, address: '10.0.0.1/24' }, 'replace').flags).toBe(NLM_F_CREATE | NLM_F_REPLACE)
  })

  it('of this host only has its scope', () => {
    expect(shown(addAddress({ link: 1, address: '127.0.0.2/8' }).message)).toMatchObject({ scope: 'host' })
    expect(shown(addAddress({ link: 1, address: '::2/128' }).message)).toMatchObject({ scope: 'universe' })
  })

  it('with a peer has both ends', () => {
    expect(shown(addAddress({ link: 7, address: '10.0.0.1', peer: '10.0.0.2' }).message)).toMatchObject({
      address: '10.0.0.1/32',
      peer: '10.0.0.2',
    })
  })

  it('for a time has its lifetimes', () => {
    expect(
      shown(addAddress({ link: 7, address: '2001:db8::1/64', validSeconds: 100, noDad: true, noPrefixRoute: true }).message),
    ).toMatchObject({ validSeconds: 100, preferredSeconds: 100, flags: 0x202 })
    const one = shown(addAddress({ link: 7, address: '2001:db8::1/64', preferredSeconds: 5 }).message)
    expect(one).toMatchObject({ preferredSeconds: 5 })
    expect(one).not.toHaveProperty('validSeconds')
  })
})

describe('deleting and listing', () => {
  it('says only what tells the address', () => {
    const { attributes } = decoded(deleteAddress({ link: 7, address: '10.0.0.1/24', broadcast: '10.0.0.255', label: 'e0:1' }).message)
    expect(Object.keys(attributes)).toEqual(['local', 'address', 'label'])
  })

  it('filters by family and link', () => {
    expect(decoded(listAddresses().message)).toMatchObject({ family: 0, index: 0 })
    expect(decoded(listAddresses({ family: 4, link: 7 }).message)).toMatchObject({ family: 2, index: 7 })
    expect(decoded(listAddresses({ family: 6 }).message)).toMatchObject({ family: 10 })
  })
})

describe('an address shown', () => {
  it('is permanent, tentative or secondary by its flags, the wide ones first', () => {
    expect(shown({ family: 2, flags: 0x81, attributes: { local: '10.0.0.1' } })).toMatchObject({
      permanent: true,
      secondary: true,
      tentative: false,
    })
    expect(shown({ family: 10, flags: 0x80, attributes: { address: '::1', flags: 0x240 } })).toMatchObject({
      permanent: false,
      tentative: true,
      flags: 0x240,
    })
  })

  it('is for ever when the kernel says so', () => {
    expect(
      addressView(decoded({ family: 2, attributes: { local: '10.0.0.1', cacheInfo: { valid: 0xffff_ffff, preferred: 3 } } })),
    ).toMatchObject({ validSeconds: undefined, preferredSeconds: 3 })
  })

  it('has no length beyond its family', () => {
    expect(shown({ family: 2, prefixLength: 200, attributes: { local: '10.0.0.1' } })).toMatchObject({ address: '10.0.0.1/32' })
  })

  it('is none without one, or of another family', () => {
    expect(addressView(decoded({ family: 2 }))).toBeUndefined()
    expect(addressView(decoded({ family: 45, attributes: { '#2': Uint8Array.of(9) } }))).toBeUndefined()
  })
})

describe('an error of a parser', () => {
  it('is thrown with its path once', () => {
    const failed = { isErr: () => true, error: { message: 'peer: is wrong', path: 'peer', hint: 'Do.' } }
    expect(() => taken(failed)).toThrow(expect.objectContaining({ path: 'peer', problem: 'is wrong', hint: 'Do.' }))
    expect(taken({ isErr: () => false, value: 7 })).toBe(7)
  })
})
