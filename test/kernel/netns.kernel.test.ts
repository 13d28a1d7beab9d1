import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { anonymousNetns, createNetns, deleteNetns, listNetns, type Netns, openNetns, withNetns } from '@axoneme/sys'
import { expect } from 'vitest'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'
import type { Verdict } from './netns-stress.js'

const OWN = '/proc/thread-self/ns/net'

function newName(): string {
  return `axm-test-${randomBytes(4).toString('hex')}`
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', timeout: 60_000 })
}

function inodeInside(netns: Netns): number {
  return withNetns(sys, netns, () => Number(/\d+/.exec(readlinkSync(OWN))?.[0])).unwrap()
}

/** The links in it, as ip shows them: one line each. */
function linksInside(netns: Netns): string[] {
  return withNetns(sys, netns, () => execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }))
    .unwrap()
    .trim()
    .split('\n')
}

kernelTest('netns > one with a name is made, seen by ip, opened in every way, listed and deleted', { needs: [] }, async () => {
  const name = newName()
  const netns = createNetns(sys, name).unwrap()
  try {
    expect(
      ip('netns', 'list')
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toContain(name)
    expect(listNetns()).toContain(name)
    expect([...listNetns()].sort()).toEqual(listNetns())
    expect(inodeInside(netns)).toBe(netns.inode)
    expect(netns.inode).not.toBe(statSync(OWN).ino)
    expect(linksInside(netns)).toEqual([expect.stringMatching(/^1: lo: /)])
    for (const reference of [{ name }, { path: `/run/netns/${name}` }]) {
      using again = openNetns(sys, reference).unwrap()
      expect(again.inode).toBe(netns.inode)
      expect(again.fd).not.toBe(netns.fd)
    }
    expect(createNetns(sys, name).unwrapErr()).toMatchObject({ code: 'netns.exists', name, hint: expect.any(String) })
    expect(inodeInside(netns)).toBe(netns.inode)

    deleteNetns(sys, name).unwrap()
    expect(listNetns()).not.toContain(name)
    expect(existsSync(`/run/netns/${name}`)).toBe(false)
    expect(openNetns(sys, { name }).unwrapErr()).toMatchObject({ code: 'netns.missing', where: `/run/netns/${name}` })
    // the handle holds it still
    expect(inodeInside(netns)).toBe(netns.inode)
    deleteNetns(sys, name).unwrap()
  } finally {
    netns.close()
    deleteNetns(sys, name)
  }
})

kernelTest('netns > one made by ip is opened and deleted by us, and the other way round', { needs: [] }, async () => {
  const [theirs, ours] = [newName(), newName()]
  try {
    ip('netns', 'add', theirs)
    using opened = openNetns(sys, { name: theirs }).unwrap()
    expect(inodeInside(opened)).toBe(opened.inode)
    expect(createNetns(sys, theirs).unwrapErr().code).toBe('netns.exists')
    deleteNetns(sys, theirs).unwrap()
    expect(ip('netns', 'list')).not.toContain(theirs)

    using made = createNetns(sys, ours).unwrap()
    expect(ip('netns', 'exec', ours, 'readlink', '/proc/self/ns/net').trim()).toBe(`net:[${made.inode}]`)
    ip('netns', 'delete', ours)
    expect(listNetns()).not.toContain(ours)
    deleteNetns(sys, ours).unwrap()
  } finally {
    for (const name of [theirs, ours]) deleteNetns(sys, name)
  }
})

kernelTest('netns > a name whose mount is gone is deleted, and is no namespace', { needs: [] }, async () => {
  const name = newName()
  createNetns(sys, name).unwrap().close()
  try {
    execFileSync('umount', [`/run/netns/${name}`])
    using left = openNetns(sys, { name }).unwrap()
    expect(withNetns(sys, left, () => 1).unwrapErr()).toMatchObject({ code: 'sys.failed', errnoName: 'EINVAL' })
    deleteNetns(sys, name).unwrap()
    expect(listNetns()).not.toContain(name)
  } finally {
    deleteNetns(sys, name)
  }
})

kernelTest('netns > that of a process is opened by its id, and missing when it has ended', { needs: [] }, async () => {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    const pid = child.pid as number
    using netns = openNetns(sys, { pid }).unwrap()
    expect(`net:[${netns.inode}]`).toBe(readlinkSync(`/proc/${pid}/ns/net`))
    expect(netns.inode).not.toBe(statSync(OWN).ino)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(openNetns(sys, { pid }).unwrapErr().code).toBe('netns.missing')
    expect(inodeInside(netns)).toBe(netns.inode)
  } finally {
    child.kill('SIGKILL')
  }
})

kernelTest('netns > its own is where the thread is, also inside another', { needs: [] }, async () => {
  using own = openNetns(sys, 'self').unwrap()
  expect(own.inode).toBe(statSync(OWN).ino)
  using other = anonymousNetns(sys).unwrap()
  using inside = withNetns(sys, other, () => openNetns(sys, 'self').unwrap()).unwrap()
  expect(inside.inode).toBe(other.inode)
  // and home from inside
  expect(withNetns(sys, other, () => inodeInside(own)).unwrap()).toBe(own.inode)
})

kernelTest('netns > one without a name goes when its handle is closed', { needs: [] }, async () => {
  const names = listNetns()
  using one = anonymousNetns(sys).unwrap()
  const two = anonymousNetns(sys).unwrap()
  expect(listNetns()).toEqual(names)
  expect(new Set([one.inode, two.inode, statSync(OWN).ino]).size).toBe(3)
  // a veth goes with either of its ends: the end here tells when the namespace there has gone
  withNetns(sys, one, () =>
    ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1', 'netns', `/proc/${process.pid}/fd/${two.fd}`),
  ).unwrap()
  expect(linksInside(one)).toHaveLength(2)
  expect(linksInside(two)).toHaveLength(2)
  two.close()
  const deadline = Date.now() + 10_000
  // the kernel takes it down in a worker of its own
  while (linksInside(one).length > 1 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(linksInside(one)).toHaveLength(1)
})

kernelTest('netns > what is no namespace is told so', { needs: [] }, async () => {
  expect(openNetns(sys, { path: '/run/netns/axm-test-nobody/below' }).unwrapErr().code).toBe('netns.missing')
  expect(openNetns(sys, { path: '/proc/self/status/net' }).unwrapErr().code).toBe('netns.missing')
  using file = openNetns(sys, { path: '/proc/self/status' }).unwrap()
  expect(withNetns(sys, file, () => 1).unwrapErr()).toMatchObject({
    code: 'sys.failed',
    errnoName: 'EINVAL',
    call: 'setns /proc/self/status',
  })
  using wrongKind = openNetns(sys, { path: '/proc/self/ns/uts' }).unwrap()
  expect(withNetns(sys, wrongKind, () => 1).unwrapErr()).toMatchObject({ code: 'sys.failed', errnoName: 'EINVAL' })
})

kernelTest('netns > without the capability everything is refused, naming it', { needs: [] }, async () => {
  const name = newName()
  using other = anonymousNetns(sys).unwrap()
  process.seteuid?.(65534)
  try {
    const denied = { code: 'permission.denied', hint: expect.stringContaining('CAP_SYS_ADMIN') }
    expect(withNetns(sys, other, () => 1).unwrapErr()).toMatchObject({ ...denied, errnoName: 'EPERM' })
    expect(anonymousNetns(sys).unwrapErr()).toMatchObject({ ...denied, errnoName: 'EPERM' })
    expect(openNetns(sys, { pid: 1 }).unwrapErr()).toMatchObject(denied)
    expect(createNetns(sys, name).unwrapErr()).toMatchObject(denied)
  } finally {
    process.seteuid?.(0)
  }
  expect(inodeInside(other)).toBe(other.inode)
  expect(listNetns()).not.toContain(name)
})

/** The program, bundled so that nothing in its process uses the pool before it does. */
async function stress(argument: string): Promise<Verdict> {
  const directory = mkdtempSync(join(tmpdir(), 'axm-stress-'))
  try {
    const outfile = join(directory, 'stress.cjs')
    const entry = new URL('netns-stress.ts', import.meta.url).pathname
    const options = [
      '--bundle',
      '--platform=node',
      '--format=cjs',
      '--conditions=@axoneme/source',
      '--external:koffi',
      '--log-level=warning',
    ]
    // by its command: the module keeps a process and its pipes
    execFileSync(createRequire(import.meta.url).resolve('esbuild/bin/esbuild'), [entry, `--outfile=${outfile}`, ...options])
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, argument], {
      env: { ...process.env, UV_THREADPOOL_SIZE: '4', NODE_PATH: new URL('../../packages/sys/node_modules', import.meta.url).pathname },
    })
    return JSON.parse(stdout) as Verdict
  } finally {
    rmSync(directory, { recursive: true })
  }
}

kernelTest(
  'netns > entered thousands of times beside a busy thread pool, no thread and no descriptor is lost',
  { needs: [], timeoutMs: 60_000 },
  async () => {
    const times = process.env.VMRUN === undefined ? 10_000 : 1000
    const verdict = await stress(`${times}`)
    expect(verdict).toMatchObject({ entered: times, thrown: times / 10, lost: 0, poolElsewhere: 0, stranded: 0 })
    expect(verdict.poolReads).toBeGreaterThan(times / 7)
    expect(verdict.descriptors[1]).toBe(verdict.descriptors[0])
    // the pool was cold, so that where its threads are started was put to the test
    expect(verdict.threads[1]).toBeGreaterThanOrEqual(verdict.threads[0] + 4)
  },
)

kernelTest('netns > a pool started inside strands its threads there, and the check above sees it', { needs: [] }, async () => {
  const verdict = await stress('wrong')
  expect(verdict.poolElsewhere).toBe(1)
  expect(verdict.stranded).toBe(4)
})
