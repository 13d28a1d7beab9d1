import { Err, Errno, Ok, OwnedFd, type Result, type Sys } from '@axoneme/sys'
import { BTF_KIND, type BtfKind } from '../btf/type.js'
import { type BpfError, refused } from '../errors.js'
import { ObjectFault } from '../fault.js'
import { type CollectionSpec, objectError } from '../spec/collection.js'
import { Attr } from '../syscall/attr.js'
import { kernelBtf } from './btf-fixup.js'

/** Source: linux/bpf.h BPF_BTF_LOAD. */
function load(sys: Sys, bytes: Uint8Array, log?: Uint8Array): number {
  const attr = new Attr(sys, 28).pointer(0, bytes).u32(16, bytes.length)
  if (log !== undefined) attr.pointer(8, log).u32(20, log.length).u32(24, 1)
  return attr.call('BTF_LOAD')
}

/** The smallest BTF with a type of a kind in it: a kernel that refuses it does not know the kind. */
function specimen(kind: BtfKind): Uint8Array {
  const int = [1, (BTF_KIND.int << 24) | 0, 4, (1 << 24) | 32]
  const word = (vlen: number): number => ((BTF_KIND[kind] << 24) | vlen) >>> 0
  const rows: Partial<Record<BtfKind, number[]>> = {
    'func-proto': [0, word(0), 0],
    func: [0, (BTF_KIND['func-proto'] << 24) >>> 0, 0, 1, word(0), 2],
    var: [1, word(0), 1, 0],
    datasec: [1, (BTF_KIND.var << 24) >>> 0, 1, 1, 1, word(1), 4, 2, 0, 4],
    float: [1, word(0), 4],
    'decl-tag': [1, (BTF_KIND.var << 24) >>> 0, 1, 1, 1, word(0), 2, 0xffff_ffff],
    'type-tag': [1, word(0), 1],
    enum64: [1, word(1), 8, 1, 0, 0],
  }
  const types = [...int, ...(rows[kind] ?? [])]
  const strings = Buffer.from('\0x\0')
  const bytes = new Uint8Array(24 + types.length * 4 + strings.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x0001_eb9f, true)
  view.setUint32(4, 24, true)
  view.setUint32(12, types.length * 4, true)
  view.setUint32(16, types.length * 4, true)
  view.setUint32(20, strings.length, true)
  types.forEach((value, index) => {
    view.setUint32(24 + index * 4, value >>> 0, true)
  })
  bytes.set(strings, 24 + types.length * 4)
  return bytes
}

/** kinds that were not there from the first kernel with BTF on */
const LATER: readonly BtfKind[] = ['func-proto', 'func', 'var', 'datasec', 'float', 'decl-tag', 'type-tag', 'enum64']

/** The kinds that the running kernel does not know, each tried. */
export function lackingKinds(sys: Sys): ReadonlySet<BtfKind> {
  const lacking = new Set<BtfKind>()
  for (const kind of LATER) {
    const fd = load(sys, specimen(kind))
    if (fd >= 0) sys.close(fd)
    else lacking.add(kind)
  }
  return lacking
}

/**
 * Loads an object's types. A kernel that refuses them because it is older than some of their kinds gets others in their places; undefined: the object
 * has no types, or the kernel takes none of them: programs then load without.
 */
export function loadBtf(sys: Sys, spec: CollectionSpec): Result<OwnedFd | undefined, BpfError> {
  try {
    const bytes = kernelBtf(spec)
    if (bytes === undefined) return Ok(undefined)
    let fd = load(sys, bytes)
    let last = bytes
    if (fd < 0 && fd !== -Errno.EPERM) {
      const lacking = lackingKinds(sys)
      if (lacking.size > 0) {
        last = kernelBtf(spec, lacking) ?? bytes
        fd = load(sys, last)
      }
    }
    if (fd >= 0) return Ok(new OwnedFd(sys, fd, 'BTF of an object'))
    const log = new Uint8Array(1 << 16)
    load(sys, last, log)
    const end = log.indexOf(0)
    const said = Buffer.from(log.subarray(0, end < 0 ? log.length : end))
      .toString('utf8')
      .trim()
      .split('\n')
      .at(-1)
    return Err(refused(`load the object's BTF${said === undefined || said === '' ? '' : ` (${said})`}`, 'BPF_BTF_LOAD', -fd))
  } catch (reason) {
    if (reason instanceof ObjectFault) return Err(objectError(reason))
    throw reason
  }
}
