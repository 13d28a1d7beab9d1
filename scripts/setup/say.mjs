import { spawnSync } from 'node:child_process'

/** Progress and trouble go to standard error: standard output belongs to what was asked for. */
export function say(text) {
  process.stderr.write(`axoneme: ${text}\n`)
}

/** A set-up step that cannot be taken: the sentence is all that the user sees. */
export class SetupError extends Error {}

/** Runs a command with its output on standard error; throws a SetupError that shows it when it fails. */
export function step(what, command, args, options = {}) {
  const done = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options })
  if (done.error !== undefined) throw new SetupError(`${what}: cannot run ${command} (${done.error.code}); install it, or put it on PATH`)
  if (done.status !== 0) throw new SetupError(`${what}: "${[command, ...args].join(' ')}" ended with ${done.status ?? done.signal}`)
}
