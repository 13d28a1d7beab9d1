/**
 * Who may import whom, as data: from the top down. A package or folder imports only what stands on a line below its own;
 * what stands on one line does not know its neighbours.
 */
export const packageLayers: readonly (readonly string[])[] = [['datapath'], ['bpf', 'netlink', 'policy'], ['sys']]

/** Rooms inside a package: folders by their name, files by theirs (without `.ts`). */
export const roomLayers: Readonly<Record<string, readonly (readonly string[])[]>> = {
  sys: [
    ['index'],
    ['kernel-features', 'sysctl'],
    ['netns', 'feature', 'testing', 'linux'],
    ['handle', 'values'],
    ['address'],
    ['failure', 'sys'],
    ['error', 'errno'],
    ['error-codes', 'errno.generated', 'result'],
  ],
  bpf: [
    ['index'],
    ['bpf2ts'],
    ['load'],
    ['link'],
    ['features'],
    ['program', 'map'],
    ['in-netns', 'object-id', 'object-info', 'pin'],
    ['descriptor-kind'],
    ['errors'],
    ['spec'],
    ['co-re', 'elf'],
    ['asm'],
    ['btf'],
    ['codec', 'fault', 'syscall'],
  ],
  datapath: [
    ['index'],
    ['open'],
    ['metrics', 'pins', 'policy', 'pressure'],
    ['errors', 'layout'],
    ['clock', 'config', 'generated', 'object'],
  ],
  policy: [
    ['index'],
    ['testing'],
    ['diff', 'explain'],
    ['normalise', 'resolve'],
    ['evaluate', 'import'],
    ['universe'],
    ['relevant', 'schema'],
    ['errors', 'rule'],
  ],
  netlink: [
    ['index'],
    ['features', 'watch'],
    ['client'],
    ['route'],
    ['transport'],
    ['errors', 'link-kind', 'qdisc-kind', 'filter-kind'],
    ['wire'],
  ],
}

/** The one file that loads native code, and the one that knows the library behind `Result`. */
export const doors: Readonly<Record<string, string>> = {
  koffi: 'packages/sys/src/linux.ts',
  'ts-results': 'packages/sys/src/result.ts',
}
