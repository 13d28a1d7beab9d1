import { Errno, errnoName, type Probe, type Sys } from '@axoneme/sys'
import { loadRaw, type RawProgram } from '../program/load-raw.js'

/** Refusals that say nothing about the kernel: no permission, or something is used up at the moment. */
const inconclusive: ReadonlySet<number> = new Set([
  Errno.EPERM,
  Errno.EACCES,
  Errno.ENOMEM,
  Errno.EAGAIN,
  Errno.EINTR,
  Errno.ENOSPC,
  /* EMFILE, ENFILE */ 24,
  23,
])

export const AVAILABLE: Probe = Object.freeze({ available: true })

/** What an answer of bpf(2) shows; a descriptor is closed. */
export function outcome(sys: Sys, answer: number, call: string): Probe {
  if (answer >= 0) {
    sys.close(answer)
    return AVAILABLE
  }
  return refusal(-answer, call)
}

/** What an errno shows when it is not one that the feature's presence explains. */
export function refusal(errno: number, call: string): Probe {
  const text = `${call}: ${errnoName(errno)}`
  return inconclusive.has(errno) ? { unknown: text } : { available: false, reason: text }
}

/** Whether the kernel knows a command: it then complains about the descriptor that we gave, not about the command. */
export function knows(answer: number, call: string, complaints: readonly number[] = [Errno.EBADF]): Probe {
  if (answer >= 0 || complaints.includes(-answer)) return AVAILABLE
  return refusal(-answer, call)
}

/** A program that is loaded for a try, and its verdict. `words`: what a log says that shows the feature though the load fails. */
export function loads(sys: Sys, program: Partial<RawProgram> & Pick<RawProgram, 'type' | 'instructions'>, words?: RegExp): Probe {
  const answer = loadRaw(sys, { license: 'GPL', name: 'axm_probe', log: words === undefined ? 'never' : { level: 1 }, ...program })
  if ('fd' in answer) return outcome(sys, answer.fd, 'bpf(BPF_PROG_LOAD)')
  if (words?.test(answer.log)) return AVAILABLE
  return refusal(answer.errno, 'bpf(BPF_PROG_LOAD)')
}

/** Runs a try with a program that is loaded for it. */
export function withProgram(
  sys: Sys,
  program: Partial<RawProgram> & Pick<RawProgram, 'type' | 'instructions'>,
  run: (fd: number) => Probe,
): Probe {
  const answer = loadRaw(sys, { license: 'GPL', name: 'axm_probe', log: 'never', ...program })
  if (!('fd' in answer)) return refusal(answer.errno, 'bpf(BPF_PROG_LOAD)')
  try {
    return run(answer.fd)
  } finally {
    sys.close(answer.fd)
  }
}
