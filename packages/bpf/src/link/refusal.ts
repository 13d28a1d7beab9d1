import { Errno, errnoMeaning, errnoName, errnoNumber, type Feature, type Sys } from '@axoneme/sys'
import { type AttachRefused, type BpfCallError, missing, refused } from '../errors.js'
import { explainByFeature } from '../features/explain.js'

/** What may go wrong with attaching, updating and detaching. */
export type LinkError = BpfCallError | AttachRefused

export const ESTALE = errnoNumber('ESTALE') as number
export const ENOLINK = errnoNumber('ENOLINK') as number

/** What a hook's refusal means, whatever the hook, and what to do. Source: kernel/bpf/mprog.c, net/core/dev.c */
const hints: Readonly<Record<number, string>> = {
  [Errno.EBUSY]: 'Another program holds the hook: update its link in place, or detach it first.',
  [Errno.EEXIST]: 'The same program, or one in another mode, is attached there already: update its link in place, or detach it first.',
  [ESTALE]: "The hook's revision moved: query it again, decide anew, and attach with the new revision.",
  [Errno.ERANGE]:
    'The place that was asked for is not free of others, or the hook holds as many programs as it can: query it for what is there.',
  [Errno.ENOENT]: 'The anchor is not attached to this hook: query it for what is there.',
  [ENOLINK]: 'The link is detached: what it was attached to is gone, or somebody detached it. Attach anew.',
}

export function attachRefused(attach: string, what: string, errno: number, hint = hints[errno]): AttachRefused {
  const name = errnoName(errno)
  return Object.freeze({
    code: 'bpf.attach-refused',
    attach,
    errno,
    errnoName: name,
    message: `${what}: ${errnoMeaning(errno) ?? 'refused'} (${name})`,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** What errnos mean at a hook, and what to do. */
export interface HookWords {
  /** the hook is as it must not be: bpf.attach-refused */
  readonly taken?: Readonly<Record<number, string>>
  /** the call is not what it must be: bpf.refused */
  readonly hints?: Readonly<Record<number, string>>
}

/**
 * The error for an attachment that was refused: the feature that the kernel lacks, if its probe says so; what happened at the hook,
 * if the errno does; the errno otherwise.
 *
 * @param feature what the attachment needs
 * @param words what errnos mean at this hook: `taken` as a state of the hook, `hints` as a fault of the call
 */
export function explainAttach(
  sys: Sys,
  feature: Feature,
  attach: string,
  what: string,
  command: string,
  errno: number,
  words: HookWords = {},
): LinkError {
  const atHook = words.taken?.[errno] ?? hints[errno]
  const plain: LinkError =
    atHook !== undefined
      ? attachRefused(attach, what, errno, atHook)
      : errno === Errno.ENODEV
        ? missing(
            what,
            `${what}: there is no such link (${errnoName(errno)})`,
            'Link numbers are of a namespace: give the one that the link is in.',
          )
        : refused(what, command, errno, words.hints?.[errno])
  // what happened at a hook shows that the hook is there
  return (atHook !== undefined ? undefined : explainByFeature(sys, feature, plain)) ?? plain
}
