import { access, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAsyncFunction, isPromise } from 'node:util/types'
import { Errno, errnoName } from './errno.js'
import { type AxonemeError, type Closed, type InputInvalid, inputInvalid, type PermissionDenied, permissionDenied } from './error.js'
import { type SysFailed, sysFailed } from './failure.js'
import { OwnedFd } from './handle.js'
import { Err, Ok, type Result } from './result.js'
import { CLONE_NEWNET, MNT_DETACH, MS_BIND, MS_REC, MS_SHARED, O_CLOEXEC, O_RDONLY, type Sys } from './sys.js'

/** No namespace is there. */
export interface NetnsMissing extends AxonemeError<'netns.missing'> {
  readonly where: string
}

/** A namespace of that name is there already. */
export interface NetnsExists extends AxonemeError<'netns.exists'> {
  readonly name: string
}

export type NetnsError = NetnsMissing | NetnsExists | PermissionDenied | SysFailed | InputInvalid | Closed

/** Where iproute2 keeps named namespaces too: both see the same. Source: ip-netns(8). */
const DIRECTORY = '/run/netns'
/** Of the calling thread: `/proc/self` is the main thread's, wherever one asks from. */
const OWN = '/proc/thread-self/ns/net'

/** An open network namespace. It exists while a handle, a name, a process or a link holds it. */
export class Netns {
  private constructor(
    private readonly owned: OwnedFd,
    /** for messages: its path */
    readonly where: string,
    /** the number that the kernel knows it by */
    readonly inode: number,
  ) {}

  static of(sys: Sys, fd: number, where: string, inode: number): Netns {
    return new Netns(new OwnedFd(sys, fd, `network namespace ${where}`), where, inode)
  }

  /** The descriptor, for a call made now; -1 when closed, which every call refuses. */
  get fd(): number {
    return this.owned.use().unwrapOr(-1)
  }

  /**
   * The descriptor.
   *
   * @errors sys.closed
   */
  use(): Result<number, Closed> {
    return this.owned.use()
  }

  close(): void {
    this.owned.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function checkName(name: string): InputInvalid | undefined {
  if (typeof name !== 'string' || name === '' || name === '.' || name === '..' || /[/\0]/.test(name) || Buffer.byteLength(name) > 255)
    return inputInvalid(
      'name',
      `"${String(name)}" cannot be the name of a network namespace`,
      'Give 1 to 255 bytes without "/", and not "." or "..".',
    )
  return undefined
}

function explained(call: string, errno: number): PermissionDenied | SysFailed {
  if (errno === Errno.EPERM || errno === Errno.EACCES) return permissionDenied(call, 'CAP_SYS_ADMIN', errno, errnoName(errno))
  return sysFailed(call, errno)
}

/** What a file system call threw, as the error of this package. */
export function fileFailure(call: string, reason: unknown): PermissionDenied | SysFailed {
  const errno = (reason as { errno?: number }).errno
  if (typeof errno !== 'number') throw reason
  return explained(call, Math.abs(errno))
}

function openPath(sys: Sys, path: string): Result<Netns, NetnsError> {
  const fd = sys.open(path, O_RDONLY | O_CLOEXEC, 0)
  if (fd === -Errno.ENOENT || fd === -Errno.ENOTDIR || fd === -Errno.ESRCH)
    return Err(
      Object.freeze({
        code: 'netns.missing',
        where: path,
        message: `open ${path}: no network namespace is there`,
        hint: 'Create it first, or look at the list of namespaces; that of a process goes with the process.',
      }),
    )
  if (fd < 0) return Err(explained(`open ${path}`, -fd))
  try {
    return Ok(Netns.of(sys, fd, path, statSync(path).ino))
  } catch (reason) {
    sys.close(fd)
    return Err(fileFailure(`stat ${path}`, reason))
  }
}

/** Which namespace: by name (/run/netns), by path, of a process, or this thread's own. */
export type NetnsReference = { readonly name: string } | { readonly path: string } | { readonly pid: number } | 'self'

/**
 * Opens a namespace that is there.
 *
 * @errors input.invalid · netns.missing · permission.denied · sys.failed
 * @lifetime until `close()`
 * @source network_namespaces(7)
 */
export function openNetns(sys: Sys, reference: NetnsReference): Result<Netns, NetnsError> {
  if (reference === 'self') return openPath(sys, OWN)
  if ('path' in reference) {
    // the C library would take what stands before the NUL for the path
    if (typeof reference.path !== 'string' || reference.path === '' || reference.path.includes('\0'))
      return Err(inputInvalid('path', `"${String(reference.path)}" is no path`, 'Give a path such as /run/netns/blue, without NUL.'))
    return openPath(sys, reference.path)
  }
  if ('pid' in reference) {
    if (!Number.isInteger(reference.pid) || reference.pid < 1)
      return Err(inputInvalid('pid', `${String(reference.pid)} is no process id`, 'Give a positive integer.'))
    return openPath(sys, `/proc/${reference.pid}/ns/net`)
  }
  const invalid = checkName(reference.name)
  return invalid === undefined ? openPath(sys, join(DIRECTORY, reference.name)) : Err(invalid)
}

/** The names in /run/netns, sorted. */
export function listNetns(): readonly string[] {
  try {
    return readdirSync(DIRECTORY).sort()
  } catch {
    // nobody has made a named namespace on this machine yet
    return []
  }
}

let warm = false

/**
 * The first use of libuv's thread pool starts all its threads, in the namespace where the calling thread is then, for
 * ever: so use it once, at home, before the first entry. The threads are started inside the call that queues the work.
 * access(2) and not stat(2), which libuv may give to io_uring, past the pool (UV_USE_IO_URING=1).
 */
function warmPool(): void {
  if (warm) return
  access('/', () => {})
  warm = true
}

function comeHome(sys: Sys, home: number): void {
  const back = sys.setns(home, CLONE_NEWNET)
  if (back < 0) {
    // going on would do everything else in the wrong namespace
    process.stderr.write(`axoneme: cannot return to the own network namespace (${errnoName(-back)}); aborting\n`)
    process.abort()
  }
  sys.close(home)
}

function leave(sys: Sys): number {
  warmPool()
  return sys.open(OWN, O_RDONLY | O_CLOEXEC, 0)
}

/**
 * Runs a function with the calling thread in a namespace, and comes back, also after a throw. It is synchronous: after
 * an `await` the code would be somewhere else, so a function that gives a promise is refused. Sockets opened inside stay
 * there. Must not be called from a worker thread of Node's pool.
 *
 * @errors input.invalid (an async function) · permission.denied · sys.closed · sys.failed
 * @source setns(2)
 */
export function withNetns<T>(sys: Sys, netns: Netns, run: () => T): Result<T, NetnsError> {
  if (isAsyncFunction(run)) return Err(refusedPromise())
  const target = netns.use()
  if (target.isErr()) return Err(target.error)
  const home = leave(sys)
  if (home < 0) return Err(explained(`open ${OWN}`, -home))
  const entered = sys.setns(target.value, CLONE_NEWNET)
  if (entered < 0) {
    sys.close(home)
    return Err(explained(`setns ${netns.where}`, -entered))
  }
  let value: T
  try {
    value = run()
  } finally {
    comeHome(sys, home)
  }
  if (isPromise(value)) {
    // nobody else will look at it
    value.catch(() => {})
    return Err(refusedPromise())
  }
  return Ok(value)
}

function refusedPromise(): InputInvalid {
  return inputInvalid(
    'run',
    'a function that gives a promise cannot run in a namespace',
    'Open the socket or file inside, synchronously, and use it afterwards from anywhere.',
  )
}

/** Makes a namespace and runs `keep` inside it, at home again afterwards. */
function unshared<T>(sys: Sys, keep: () => Result<T, NetnsError>): Result<T, NetnsError> {
  const home = leave(sys)
  if (home < 0) return Err(explained(`open ${OWN}`, -home))
  const made = sys.unshare(CLONE_NEWNET)
  if (made < 0) {
    sys.close(home)
    return Err(explained('unshare(CLONE_NEWNET)', -made))
  }
  try {
    return keep()
  } finally {
    comeHome(sys, home)
  }
}

/**
 * Makes a namespace that has no name: it is gone when the handle is closed and nothing else holds it.
 *
 * @errors permission.denied · sys.failed
 * @lifetime until `close()`
 */
export function anonymousNetns(sys: Sys): Result<Netns, NetnsError> {
  return unshared(sys, () => openPath(sys, OWN))
}

/** /run/netns as `ip netns` makes it: a shared mount of its own, so that names made here are seen in every mount namespace. */
function prepareDirectory(sys: Sys): PermissionDenied | SysFailed | undefined {
  try {
    mkdirSync(DIRECTORY, { recursive: true, mode: 0o755 })
  } catch (reason) {
    return fileFailure(`make ${DIRECTORY}`, reason)
  }
  if (sys.mount('', DIRECTORY, 'none', MS_SHARED | MS_REC, undefined) >= 0) return undefined
  const bound = sys.mount(DIRECTORY, DIRECTORY, 'none', MS_BIND | MS_REC, undefined)
  if (bound < 0) return explained(`bind ${DIRECTORY}`, -bound)
  const shared = sys.mount('', DIRECTORY, 'none', MS_SHARED | MS_REC, undefined)
  return shared < 0 ? explained(`share ${DIRECTORY}`, -shared) : undefined
}

/**
 * Makes a named namespace, as `ip netns add` does: a bind mount in /run/netns.
 *
 * @errors input.invalid · netns.exists · permission.denied · sys.failed
 * @lifetime the handle until `close()`, the namespace until {@link deleteNetns}
 * @source ip-netns(8)
 */
export function createNetns(sys: Sys, name: string): Result<Netns, NetnsError> {
  const invalid = checkName(name)
  if (invalid !== undefined) return Err(invalid)
  const unprepared = prepareDirectory(sys)
  if (unprepared !== undefined) return Err(unprepared)
  const path = join(DIRECTORY, name)
  try {
    writeFileSync(path, '', { flag: 'wx', mode: 0o444 })
  } catch (reason) {
    if ((reason as { code?: string }).code !== 'EEXIST') return Err(fileFailure(`create ${path}`, reason))
    return Err(
      Object.freeze({
        code: 'netns.exists',
        name,
        message: `create network namespace ${name}: it is there already`,
        hint: 'Open it, give another name, or delete it first.',
      }),
    )
  }
  const made = unshared(sys, () => {
    const bound = sys.mount(OWN, path, 'none', MS_BIND, undefined)
    if (bound < 0) return Err(explained(`bind ${path}`, -bound))
    return openPath(sys, path)
  })
  if (made.isErr()) {
    sys.umount(path, MNT_DETACH)
    rmSync(path, { force: true })
  }
  return made
}

/**
 * Takes a namespace's name away; the namespace goes when nothing else holds it. One that is not there is no error.
 *
 * @errors input.invalid · permission.denied · sys.failed
 */
export function deleteNetns(sys: Sys, name: string): Result<void, NetnsError> {
  const invalid = checkName(name)
  if (invalid !== undefined) return Err(invalid)
  const path = join(DIRECTORY, name)
  try {
    lstatSync(path)
  } catch {
    return Ok(undefined)
  }
  const unmounted = sys.umount(path, MNT_DETACH)
  // EINVAL: a name whose mount is gone already, or was never made
  if (unmounted < 0 && unmounted !== -Errno.EINVAL && unmounted !== -Errno.ENOENT) return Err(explained(`unmount ${path}`, -unmounted))
  try {
    rmSync(path, { force: true })
    return Ok(undefined)
  } catch (reason) {
    return Err(fileFailure(`remove ${path}`, reason))
  }
}
