import { readSysctl, type SysctlName, writeSysctl } from '@axoneme/sys'
import { expect } from 'vitest'
import { feature, scratch, sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const forward = 'net.ipv4.ip_forward'

kernelTest('sysctl > is read and written inside a namespace, and nowhere else', { needs: [] }, async () => {
  await using t = scratch()
  await using other = scratch()
  const home = readSysctl(sys, undefined, forward).unwrap()
  const elsewhere = readSysctl(sys, other.netns, forward).unwrap()
  // whatever home has, the namespace gets the two values one after the other
  for (const value of [1, 0, '1'] as const) {
    writeSysctl(sys, t.netns, forward, value).unwrap()
    expect(readSysctl(sys, t.netns, forward).unwrap()).toBe(`${value}`)
    expect(t.run('cat', '/proc/sys/net/ipv4/ip_forward').trim()).toBe(`${value}`)
    expect(readSysctl(sys, undefined, forward).unwrap()).toBe(home)
    expect(readSysctl(sys, other.netns, forward).unwrap()).toBe(elsewhere)
  }
})

kernelTest(
  'sysctl > is named with dots, slashes or parts, also of a link whose name has dots',
  { needs: [feature('link-veth')] },
  async () => {
    await using t = scratch()
    ;(await t.netlink.links.create({ kind: 'veth', name: 'e0.1', data: { peer: { name: 'e1' } } })).unwrap()
    const names: readonly SysctlName[] = [
      'net.ipv4.conf.e1.forwarding',
      'net/ipv4/conf/e1/forwarding',
      ['net', 'ipv4', 'conf', 'e1', 'forwarding'],
    ]
    for (const [at, name] of names.entries()) {
      writeSysctl(sys, t.netns, name, at % 2).unwrap()
      for (const same of names) expect(readSysctl(sys, t.netns, same).unwrap()).toBe(`${at % 2}`)
    }
    writeSysctl(sys, t.netns, 'net/ipv4/conf/e0.1/forwarding', 1).unwrap()
    expect(readSysctl(sys, t.netns, ['net', 'ipv4', 'conf', 'e0.1', 'forwarding']).unwrap()).toBe('1')
    expect(t.run('cat', '/proc/sys/net/ipv4/conf/e0.1/forwarding').trim()).toBe('1')
    expect(readSysctl(sys, t.netns, 'net.ipv4.conf.e0.1.forwarding').unwrapErr().code).toBe('sysctl.missing')
    // the link is in that namespace only
    expect(readSysctl(sys, undefined, 'net/ipv4/conf/e0.1/forwarding').unwrapErr().code).toBe('sysctl.missing')
  },
)

kernelTest('sysctl > that the kernel lacks is missing, and is not made', { needs: [] }, async () => {
  await using t = scratch()
  for (const name of ['net.ipv4.axoneme', 'net.axoneme.x', 'net.ipv4.ip_forward.below'])
    for (const missing of [readSysctl(sys, t.netns, name), writeSysctl(sys, t.netns, name, 1)])
      expect(missing.unwrapErr()).toMatchObject({ code: 'sysctl.missing', name, hint: expect.stringContaining('/proc/sys') })
})

kernelTest('sysctl > a value that the kernel refuses is told with its errno and a hint', { needs: [] }, async () => {
  await using t = scratch()
  writeSysctl(sys, t.netns, forward, 1).unwrap()
  for (const value of ['yes', '', '0x'])
    expect(writeSysctl(sys, t.netns, forward, value).unwrapErr()).toMatchObject({
      code: 'sys.failed',
      errno: 22,
      errnoName: 'EINVAL',
      call: `write "${value}" to /proc/sys/net/ipv4/ip_forward`,
      hint: expect.stringContaining(`does not take "${value}"`),
    })
  expect(readSysctl(sys, t.netns, forward).unwrap()).toBe('1')
  // of an algorithm that it does not know the kernel says ENOENT; the sysctl is there all the same
  expect(writeSysctl(sys, t.netns, 'net.ipv4.tcp_congestion_control', 'nobody').unwrapErr()).toMatchObject({
    code: 'sys.failed',
    errnoName: 'ENOENT',
    hint: expect.any(String),
  })
  expect(readSysctl(sys, t.netns, 'net.ipv4.conf').unwrapErr()).toMatchObject({ code: 'sys.failed', errnoName: 'EISDIR' })
})

kernelTest('sysctl > of several words, of no words, and one that is only written', { needs: [] }, async () => {
  await using t = scratch()
  writeSysctl(sys, t.netns, 'net.ipv4.ip_local_port_range', '20000 30000').unwrap()
  expect(readSysctl(sys, t.netns, 'net.ipv4.ip_local_port_range').unwrap()).toBe('20000\t30000')
  const reserved = 'net.ipv4.ip_local_reserved_ports'
  writeSysctl(sys, t.netns, reserved, '8080,9000-9010').unwrap()
  expect(readSysctl(sys, t.netns, reserved).unwrap()).toBe('8080,9000-9010')
  writeSysctl(sys, t.netns, reserved, '').unwrap()
  expect(readSysctl(sys, t.netns, reserved).unwrap()).toBe('')
  writeSysctl(sys, t.netns, 'net.ipv4.route.flush', 1).unwrap()
  expect(readSysctl(sys, t.netns, 'net.ipv4.route.flush').unwrapErr()).toMatchObject({ code: 'permission.denied', errnoName: 'EACCES' })
})

kernelTest('sysctl > without the permission it is denied, here and in a namespace', { needs: [] }, async () => {
  await using t = scratch()
  const before = readSysctl(sys, undefined, forward).unwrap()
  process.seteuid?.(65534)
  try {
    expect(readSysctl(sys, undefined, forward).unwrap()).toBe(before)
    expect(writeSysctl(sys, undefined, forward, before).unwrapErr()).toMatchObject({
      code: 'permission.denied',
      errnoName: 'EACCES',
      hint: expect.any(String),
    })
    expect(readSysctl(sys, t.netns, forward).unwrapErr()).toMatchObject({
      code: 'permission.denied',
      errnoName: 'EPERM',
      hint: expect.stringContaining('CAP_SYS_ADMIN'),
    })
  } finally {
    process.seteuid?.(0)
  }
})

kernelTest('sysctl > of a namespace whose handle is closed is refused', { needs: [] }, async () => {
  await using t = scratch()
  t.netns.close()
  expect(writeSysctl(sys, t.netns, forward, 1).unwrapErr().code).toBe('sys.closed')
})
