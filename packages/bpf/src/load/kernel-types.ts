import { readdirSync, readFileSync, statSync } from 'node:fs'
import { Errno, O_CLOEXEC, O_RDONLY, PROT_READ, type Sys } from '@axoneme/sys'
import { Btf } from '../btf/btf.js'
import type { BtfKind } from '../btf/type.js'
import { CoreTarget } from '../co-re/relocation.js'
import { ObjectFault } from '../fault.js'
import { fixedText, readInfo } from '../object-info.js'
import { Attr } from '../syscall/attr.js'

const FOLDER = '/sys/kernel/btf'

/** Where a symbol of the kernel is: its BTF id, and the module it is of; '' is the kernel itself. */
export interface KernelSymbol {
  readonly id: number
  readonly module: string
}

/**
 * The running kernel's types: its own, and those of its modules when something is not found among its own. Read once, when
 * they are needed first; nothing is decoded but what is looked for.
 */
export class KernelTypes {
  private own: Btf | undefined
  private readonly modules = new Map<string, Btf>()
  private target: CoreTarget | undefined

  constructor(private readonly sys: Sys) {}

  /** @throws ObjectFault when the kernel has none */
  vmlinux(): Btf {
    if (this.own === undefined) {
      let bytes: Uint8Array
      try {
        bytes = mapped(this.sys, `${FOLDER}/vmlinux`) ?? readFileSync(`${FOLDER}/vmlinux`)
      } catch {
        throw new ObjectFault(
          `the kernel shows no types in ${FOLDER}/vmlinux`,
          'kernel BTF',
          'bpf.unsupported-object',
          'It must be built with CONFIG_DEBUG_INFO_BTF (Linux 5.4), and sysfs must be mounted.',
        )
      }
      this.own = new Btf(bytes)
    }
    return this.own
  }

  moduleNames(): readonly string[] {
    try {
      return readdirSync(FOLDER).filter((name) => name !== 'vmlinux')
    } catch {
      return []
    }
  }

  module(name: string): Btf {
    let btf = this.modules.get(name)
    if (btf === undefined) {
      btf = new Btf(readFileSync(`${FOLDER}/${name}`), this.vmlinux())
      this.modules.set(name, btf)
    }
    return btf
  }

  /** What programs are fitted to. */
  core(): CoreTarget {
    const names = this.moduleNames()
    this.target ??= new CoreTarget(this.vmlinux(), () => names.map((name) => this.module(name)))
    return this.target
  }

  /** A function or variable by its name. */
  find(name: string, ...kinds: readonly BtfKind[]): KernelSymbol | undefined {
    const [id] = this.vmlinux().named(name, ...kinds)
    if (id !== undefined) return { id, module: '' }
    for (const module of this.moduleNames()) {
      const own = this.module(module)
        .named(name, ...kinds)
        .find((each) => each >= this.vmlinux().end)
      if (own !== undefined) return { id: own, module }
    }
    return undefined
  }

  /**
   * A descriptor of a module's BTF, for instructions that name its functions; the caller closes it. Undefined when no BTF in the kernel has
   * that name.
   *
   * @source linux/bpf.h BPF_BTF_GET_NEXT_ID, struct bpf_btf_info
   */
  openModule(name: string): number | undefined {
    for (let id = 0; ; ) {
      const next = new Attr(this.sys, 12).u32(0, id)
      if (next.call('BTF_GET_NEXT_ID') < 0) return undefined
      id = next.readU32(4)
      const fd = new Attr(this.sys, 12).u32(0, id).call('BTF_GET_FD_BY_ID')
      if (fd === -Errno.ENOENT) continue
      if (fd < 0) return undefined
      if (this.nameOf(fd) === name) return fd
      this.sys.close(fd)
    }
  }

  private nameOf(fd: number): string {
    const text = new Uint8Array(64)
    const info = new Uint8Array(40)
    const view = new DataView(info.buffer)
    view.setBigUint64(16, this.sys.address(text), true)
    view.setUint32(24, text.length, true)
    const read = readInfo(this.sys, fd, info, 'BTF')
    // kernel_btf: whether it is the kernel's or a module's own
    return read.isOk() && view.getUint32(28, true) === 1 && text.length > 0 ? fixedText(text, 0, text.length) : ''
  }
}

/**
 * A file's bytes by mapping it, for as long as the process lives: sysfs answers a read with one page, so that reading these megabytes takes more than a thousand system
 * calls. Kernels before 6.16 do not map it: undefined.
 */
function mapped(sys: Sys, path: string): Uint8Array | undefined {
  const { size } = statSync(path)
  const fd = sys.open(path, O_RDONLY | O_CLOEXEC, 0)
  if (fd < 0) return undefined
  const mapping = sys.mmap(fd, size, PROT_READ, 0, 'private')
  sys.close(fd)
  if (typeof mapping === 'number') return undefined
  return new Uint8Array(mapping.bytes, 0, size)
}

const known = new WeakMap<Sys, KernelTypes>()

/** The types of the kernel behind a port; one for each port. */
export function kernelTypes(sys: Sys): KernelTypes {
  let types = known.get(sys)
  if (types === undefined) {
    types = new KernelTypes(sys)
    known.set(sys, types)
  }
  return types
}

/** The addresses of the kernel's symbols, by name; what is asked for only. */
export function kernelAddresses(names: ReadonlySet<string>): ReadonlyMap<string, bigint> {
  const found = new Map<string, bigint>()
  if (names.size === 0) return found
  for (const line of readFileSync('/proc/kallsyms', 'latin1').split('\n')) {
    const [address = '', , symbol = ''] = line.split(/[ \t]/, 3)
    if (names.has(symbol) && !found.has(symbol)) found.set(symbol, BigInt(`0x${address}`))
  }
  return found
}
