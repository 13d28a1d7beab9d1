import { expect, describe as group, it } from 'vitest'
import { type AxonemeError, aborted, closed, describe, featureUnsupported, inputInvalid, isRetryable, permissionDenied } from './error.js'
import { type ErrorCode, errorCodes } from './error-codes.js'
import { sysFailed } from './failure.js'

const cause = sysFailed('setns', 22)
const each: readonly AxonemeError[] = [
  inputInvalid('mtu', '70000 is too large', 'Give at most 65535.'),
  aborted('dump of links'),
  closed('netlink socket'),
  permissionDenied('unshare', 'CAP_SYS_ADMIN', 1, 'EPERM'),
  featureUnsupported('netkit', '6.7', cause),
  cause,
]

group('errors', () => {
  it.each(each.map((error) => [error.code, error] as const))(
    '%s is frozen plain data of one line, with a code of the table',
    (code, error) => {
      expect(Object.isFrozen(error)).toBe(true)
      expect(Object.getPrototypeOf(error)).toBe(Object.prototype)
      expect(errorCodes[code as ErrorCode]).toBeDefined()
      expect(error.message).toMatch(/^\S.*\S$/)
      expect(error.message).not.toContain('\n')
      expect(JSON.parse(JSON.stringify(error))).toEqual(error)
    },
  )

  it('have these shapes', () => {
    expect(each).toEqual([
      { code: 'input.invalid', path: 'mtu', message: 'mtu: 70000 is too large', hint: 'Give at most 65535.' },
      { code: 'sys.aborted', message: 'dump of links: stopped by its AbortSignal' },
      { code: 'sys.closed', message: 'netlink socket is closed', hint: expect.any(String) },
      {
        code: 'permission.denied',
        errno: 1,
        errnoName: 'EPERM',
        message: 'unshare: permission denied (EPERM)',
        hint: expect.stringContaining('CAP_SYS_ADMIN'),
      },
      {
        code: 'feature.unsupported',
        feature: 'netkit',
        since: '6.7',
        message: 'netkit is not supported by the running kernel',
        hint: expect.stringContaining('6.7'),
        cause,
      },
      { code: 'sys.failed', call: 'setns', errno: 22, errnoName: 'EINVAL', message: 'setns: EINVAL (Invalid argument)' },
    ])
  })

  it('leave out what is not known', () => {
    expect(Object.keys(inputInvalid('', 'wrong'))).toEqual(['code', 'path', 'message'])
    expect(inputInvalid('', 'wrong').message).toBe('wrong')
    expect(featureUnsupported('x', '1.0')).not.toHaveProperty('cause')
  })

  it('are retryable as the table says, and not when it does not know them', () => {
    for (const [code, { retryable }] of Object.entries(errorCodes)) expect(isRetryable({ code, message: '' })).toBe(retryable)
    for (const code of ['', 'somebody.else', 'toString', '__proto__', 'constructor']) expect(isRetryable({ code, message: '' })).toBe(false)
  })

  it('are described with their hints and causes', () => {
    expect(describe(inputInvalid('', 'wrong'))).toBe('wrong [input.invalid]')
    expect(describe(featureUnsupported('netkit', '6.7', permissionDenied('setns', 'CAP_SYS_ADMIN', 1, 'EPERM'))).split('\n')).toEqual([
      'netkit is not supported by the running kernel [feature.unsupported]',
      '  The feature exists from Linux 6.7 on; boot a newer kernel, or one configured with it.',
      'because setns: permission denied (EPERM) [permission.denied]',
      expect.stringMatching(/^ {2}Run as root, or give the process CAP_SYS_ADMIN /),
    ])
  })

  it('are described to an end, whatever their causes', () => {
    const loop: { code: string; message: string; cause?: AxonemeError } = { code: 'a.b', message: 'round' }
    loop.cause = loop
    expect(describe(loop).split('\n')).toHaveLength(8)
  })
})
