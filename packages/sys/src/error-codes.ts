/**
 * Every error code of every axoneme package: what it means and whether the same call may succeed when it is
 * simply made again. Codes are stable; docs/errors.md is generated from this table.
 */
export const errorCodes = {
  'input.invalid': {
    meaning: 'A value given by the caller is malformed or out of range; `path` names the field.',
    retryable: false,
  },
  'sys.failed': {
    meaning: 'A system call answered an error; `call`, `errno` and `errnoName` say which.',
    retryable: false,
  },
  'sys.aborted': { meaning: 'The AbortSignal given by the caller fired before the work was done.', retryable: true },
  'sys.closed': { meaning: 'The handle was closed before this call.', retryable: false },
  'sys.unavailable': {
    meaning: 'This machine cannot run the native part: not Linux, not a little-endian 64-bit CPU, or its library is missing.',
    retryable: false,
  },
  'netns.missing': { meaning: 'No network namespace is at that path, or the process has ended.', retryable: false },
  'netns.exists': { meaning: 'A network namespace of that name is there already.', retryable: false },
  'sysctl.missing': { meaning: 'The kernel has no sysctl of that name in that namespace.', retryable: false },
  'feature.unsupported': {
    meaning: 'The running kernel lacks the feature; `feature` and `since` say which and from which version on it exists.',
    retryable: false,
  },
  'permission.denied': { meaning: 'The process lacks a capability that the call needs.', retryable: false },
  'netlink.refused': {
    meaning: 'The kernel refused a netlink request; `errno`, `kernelMessage` and `attribute` (a path by name) are its own words.',
    retryable: false,
  },
  'netlink.exists': { meaning: 'The object that was to be created is there already.', retryable: false },
  'netlink.missing': { meaning: 'The object that the request names is not there.', retryable: false },
  'netlink.driver-missing': { meaning: 'The kernel has no driver for that kind of link, qdisc or filter.', retryable: false },
  'netlink.malformed': { meaning: 'Bytes that should be netlink are not; `offset` says where.', retryable: false },
  'netlink.interrupted': {
    meaning: 'A dump kept being interrupted by changes, beyond the allowed number of restarts.',
    retryable: true,
  },
  'netlink.overrun': {
    meaning: 'The socket buffer overflowed and messages were lost; what the kernel did is known only by listing.',
    retryable: true,
  },
  'netlink.batch-failed': {
    meaning: 'Some requests of a batch were refused; `failures` has one error for each, by index; the rest were done.',
    retryable: false,
  },
  'bpf.malformed': {
    meaning: 'Bytes that should be an object file, BTF or an info struct are not; `where` says in which part.',
    retryable: false,
  },
  'bpf.unsupported-object': { meaning: 'The object file is sound, and uses something that this library does not do.', retryable: false },
  'bpf.refused': { meaning: 'The system call bpf(2) refused; `command` and `errno` are its own words.', retryable: false },
  'bpf.missing': { meaning: 'The pin, id, program or map that was asked for is not there.', retryable: false },
  'bpf.exists': { meaning: 'The entry, pin or attachment that was to be made is there already.', retryable: false },
  'bpf.map-full': { meaning: 'The map holds as many entries as it can.', retryable: true },
  'bpf.interrupted': { meaning: 'A walk over a map had to begin again and again, because keys were deleted under it.', retryable: true },
  'bpf.map-incompatible': {
    meaning: 'A pinned map is not what the object declares; `differences` names each attribute.',
    retryable: false,
  },
  'bpf.program-rejected': {
    meaning: 'The verifier refused the program; `summary`, `log` and `source` say why and where.',
    retryable: false,
  },
  'bpf.symbol-missing': { meaning: 'The running kernel has no such function or variable (kfunc, ksym).', retryable: false },
  'bpf.attach-refused': { meaning: 'The program was not attached; the hook changed meanwhile, or is taken.', retryable: false },
  'datapath.capacity': {
    meaning: 'A policy table does not fit into the maps of the datapath; nothing was changed, `map` names the one, `size` the option.',
    retryable: false,
  },
  'datapath.layout-changed': {
    meaning: 'A pinned map has entries of another layout than the programs read; `map` names it, a migration carries them over.',
    retryable: false,
  },
  'policy.malformed': { meaning: 'A text that should hold policies is not YAML or JSON; `problems` says in which line.', retryable: false },
  'policy.invalid': {
    meaning: 'A document is no policy, or says what cannot be meant; `problems` has each with its path, line and column.',
    retryable: false,
  },
  'policy.capacity': {
    meaning: 'A policy set would not fit the tables of the datapath; nothing was changed, `blame` names the rules that take the most.',
    retryable: false,
  },
  'policy.ambiguous-identity': {
    meaning: 'Endpoints that share an identity differ in what a rule looks at; nothing was changed.',
    retryable: false,
  },
} as const satisfies Record<string, { meaning: string; retryable: boolean }>

/** A code of the table. */
export type ErrorCode = keyof typeof errorCodes
