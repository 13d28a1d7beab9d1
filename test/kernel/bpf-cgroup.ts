import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { cgroup2Path } from '@axoneme/sys'
import type { Scratch } from './fixture.js'

// the distribution's own, without the detour of a version manager that may stand before it in the path
const python3 = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'

/** A cgroup of the test's own, gone when the test is. */
export interface TestCgroup extends Disposable {
  readonly path: string
  /** runs Python in a child process that is in the cgroup and in the namespace; what it printed */
  python(t: Scratch, code: string): string
}

export function cgroup(): TestCgroup {
  const root = cgroup2Path()
  if (root === undefined) throw new Error('no cgroup2 is mounted')
  const path = join(root, `axm-test-${randomBytes(4).toString('hex')}`)
  mkdirSync(path)
  return {
    path,
    python(t, code) {
      const enter = `echo $$ > ${path}/cgroup.procs && exec ip netns exec ${t.name} ${python3} -c "$0"`
      const done = spawnSync('sh', ['-c', enter, code], { encoding: 'utf8', timeout: 120_000 })
      if (done.status !== 0) throw new Error(`python3: ${done.stderr}`)
      return done.stdout.trim()
    },
    [Symbol.dispose]() {
      rmdirSync(path)
    },
  }
}

/** What a call of a socket answers, as Python: the name of its errno, or `ok`. */
export const attempt = (call: string): string => `
import errno, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
try:
    ${call}
    print('ok')
except OSError as e:
    print(errno.errorcode.get(e.errno, str(e)))
`
