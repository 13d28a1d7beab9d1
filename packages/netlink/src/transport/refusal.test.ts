import { Errno } from '@axoneme/sys'
import { describe, expect, it } from 'vitest'
import { linkMessage } from '../route/link-message.js'
import { NLM_F_REQUEST, Writer, writeMessage } from '../wire/index.js'
import { refusal } from './refusal.js'
import type { Request } from './request.js'

const request: Request = {
  what: 'create vxlan link vx0',
  kind: linkMessage,
  type: 16,
  flags: 0,
  driver: { name: 'vxlan', config: 'CONFIG_VXLAN', since: '3.7' },
  message: { attributes: { ifname: 'vx0', linkinfo: { kind: 'vxlan', data: { vni: 7 } } } },
}
const out = new Writer()
writeMessage(out, linkMessage, 16, NLM_F_REQUEST, 1, request.message)
const bytes = out.take()
const vni = Buffer.from(bytes).indexOf(Buffer.from('0800010007000000', 'hex'))

describe('a refusal', () => {
  it('keeps the words of the kernel as fields and in the message', () => {
    expect(refusal(request, bytes, { errno: Errno.EINVAL, message: 'Invalid VNI', offset: vni })).toEqual({
      code: 'netlink.refused',
      errno: 22,
      errnoName: 'EINVAL',
      kernelMessage: 'Invalid VNI',
      attribute: 'linkinfo.data.vni',
      message: 'create vxlan link vx0: Invalid VNI at linkinfo.data.vni (EINVAL)',
      hint: expect.stringContaining('malformed'),
    })
  })

  it('is frozen, and says the meaning of the number when the kernel said nothing', () => {
    const error = refusal(request, bytes, { errno: Errno.EBUSY })
    expect(Object.isFrozen(error)).toBe(true)
    expect(error).not.toHaveProperty('attribute')
    expect(error.message).toMatch(/^create vxlan link vx0: .+ \(EBUSY\)$/)
    expect(error.message).not.toContain('undefined')
    expect(refusal(request, bytes, { errno: 4000 })).toMatchObject({
      code: 'netlink.refused',
      errno: 4000,
      message: expect.stringContaining('refused'),
    })
  })

  it('names the attribute that is missing, in the message or in a nest', () => {
    expect(refusal(request, bytes, { errno: Errno.EINVAL, missingType: 3 })).toMatchObject({ missingAttribute: 'ifname' })
    const nest = Buffer.from(bytes).indexOf(Buffer.from('0c00020008000100', 'hex'))
    const error = refusal(request, bytes, { errno: Errno.EINVAL, missingType: 15, missingNest: nest })
    expect(error).toMatchObject({ missingAttribute: 'linkinfo.data.port' })
    expect(error.message).toContain('missing linkinfo.data.port')
    expect(refusal(request, bytes, { errno: Errno.EINVAL, missingType: 999 })).toMatchObject({ missingAttribute: '#999' })
  })

  it('points at nothing when the offset is in no attribute', () => {
    expect(refusal(request, bytes, { errno: Errno.EINVAL, offset: 4 })).not.toHaveProperty('attribute')
    expect(refusal(request, bytes, { errno: Errno.EINVAL, offset: 100_000 })).not.toHaveProperty('attribute')
  })
})

describe('what to do about it', () => {
  it.each([
    ['EPERM', 'permission.denied', /CAP_NET_ADMIN/],
    ['EACCES', 'permission.denied', /CAP_NET_ADMIN/],
    ['EEXIST', 'netlink.exists', /replace it, or delete it first/],
    ['ENODEV', 'netlink.missing', /not in this network namespace/],
    ['ENOENT', 'netlink.missing', /not in this network namespace/],
    ['ESRCH', 'netlink.missing', /not in this network namespace/],
    ['ENXIO', 'netlink.missing', /not in this network namespace/],
    ['EBUSY', 'netlink.refused', /set the link down/],
    ['EADDRNOTAVAIL', 'netlink.refused', /add it first/],
    ['ENETUNREACH', 'netlink.refused', /say onlink/],
    ['ENOBUFS', 'netlink.refused', /raise the limit/],
    ['ENOSPC', 'netlink.refused', /raise its limit/],
    ['EINVAL', 'netlink.refused', /`attribute` and `kernelMessage`/],
    ['ERANGE', 'netlink.refused', /outside what the kernel/],
    ['EOPNOTSUPP', 'netlink.refused', /does not do that/],
  ] as const)('%s is %s', (name, code, hint) => {
    const error = refusal(request, bytes, { errno: Errno[name] })
    expect(error).toMatchObject({ code, errno: Errno[name], errnoName: name })
    expect(error.hint).toMatch(hint)
  })

  it('is nothing when nothing is known', () => {
    expect(refusal(request, bytes, { errno: Errno.EIO })).not.toHaveProperty('hint')
  })

  it("is what the request's own hints say, first", () => {
    const own = { ...request, hints: { [Errno.EEXIST]: 'Pick another.', [Errno.ENODEV]: 'Make it.', [Errno.EINVAL]: 'Look.' } }
    expect(refusal(own, bytes, { errno: Errno.EEXIST }).hint).toBe('Pick another.')
    expect(refusal(own, bytes, { errno: Errno.ENODEV }).hint).toBe('Make it.')
    expect(refusal(own, bytes, { errno: Errno.EINVAL }).hint).toBe('Look.')
  })
})

describe('a missing driver', () => {
  it.each([
    [Errno.EOPNOTSUPP, 'Unknown device type'],
    [Errno.ENOENT, 'Specified qdisc kind is unknown'],
    [Errno.ENOENT, 'Specified qdisc not found'],
    [Errno.ENOENT, 'TC classifier not found'],
    [Errno.ENOENT, 'Failed to load TC action module'],
  ])('is told by %i and "%s"', (errno, message) => {
    expect(refusal(request, bytes, { errno, message })).toMatchObject({
      code: 'netlink.driver-missing',
      driver: 'vxlan',
      kernelMessage: message,
      hint: expect.stringMatching(/CONFIG_VXLAN \(Linux 3\.7 or newer\)/),
    })
  })

  it('is not told by the number alone, or of a request that needs no driver', () => {
    expect(refusal(request, bytes, { errno: Errno.EOPNOTSUPP, message: 'Cannot change VNI' }).code).toBe('netlink.refused')
    expect(refusal(request, bytes, { errno: Errno.EOPNOTSUPP }).code).toBe('netlink.refused')
    expect(refusal({ ...request, driver: undefined }, bytes, { errno: Errno.EOPNOTSUPP, message: 'Unknown device type' }).code).toBe(
      'netlink.refused',
    )
  })
})
