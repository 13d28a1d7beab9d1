import * as exported from '@axoneme/sys'
import { fakeSys } from '@axoneme/sys/testing'
import { checkLinkName } from '../../packages/netlink/src/route/link.js'
import { formatTcHandle, tcHandle } from '../../packages/netlink/src/route/tc.js'
import { InputFault } from '../../packages/netlink/src/wire/index.js'
import type { Target } from './engine.js'
import { mutatedText } from './mutate.js'
import { Random } from './random.js'

const seeds: readonly string[] = [
  '192.0.2.1',
  '0.0.0.0',
  '255.255.255.255',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '192.0.2.1/32',
  '::',
  '::1',
  '2001:db8::1',
  '2001:db8:0:1:1:1:1:1',
  '::ffff:192.0.2.1',
  '1:2:3:4:5:6:7:8',
  'fe80::1%eth0',
  '2001:db8::/32',
  '::/0',
  '1:2:3:4:5:6:192.0.2.1',
  '02:00:5e:10:00:01',
  '02-00-5e-10-00-01',
  'root',
  'clsact',
  '1:',
  '1:10',
  'ffff:fff2',
  'eth0',
  'eth0.100',
  '',
  'net.ipv4.ip_forward',
  'net/ipv4/conf/eth0.100/forwarding',
  'kernel.ostype',
  '..',
  'a/../b',
  'proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n',
]

/** The text that the input stands for: as the numbers of a mutation, so that inputs are bytes here as well. */
function textOf(input: Uint8Array): string {
  let state = input.length
  for (const byte of input) state = (Math.imul(state, 31) + byte) >>> 0
  return mutatedText(seeds, new Random(state))
}

const four = [...Array(64).keys()].map((at) => Uint8Array.of(at, at * 7, at * 13, 1))

function textTarget(name: string, check: (text: string, input: Uint8Array) => void, weight = 4): Target {
  return { name: `text ${name}`, weight, seeds: four, run: (input) => check(textOf(input), input) }
}

interface Outcome {
  isErr(): boolean
  readonly value?: unknown
  readonly error?: { readonly code: string; readonly message: string }
}

/** A Result: its error frozen and typed, its value the same when read again from its own text. */
function resultContract(parse: (text: any) => Outcome): (text: string) => void {
  return (text) => {
    const outcome = parse(text)
    if (outcome.isErr()) {
      if (outcome.error?.code !== 'input.invalid' || !Object.isFrozen(outcome.error))
        throw new Error(`an error that is ${JSON.stringify(outcome.error)}`)
      return
    }
    const shown = String(outcome.value)
    const again = parse(shown)
    if (again.isErr() || String(again.value) !== shown) throw new Error(`${shown} is not read as itself`)
  }
}

const throwing = (check: (text: string) => void) => (text: string) => {
  try {
    check(text)
  } catch (reason) {
    if (!(reason instanceof InputFault)) throw reason
  }
}

/** Functions of @axoneme/sys that take text of others: by their names, so that a new one is here at once. */
const parsers = Object.entries(exported as unknown as Record<string, unknown>).flatMap(
  ([name, value]): [string, (text: any) => Outcome][] => {
    if (typeof value !== 'function') return []
    const { parse } = value as { parse?: (text: string) => Outcome }
    if (typeof parse === 'function') return [[`${name}.parse`, (text) => parse.call(value, text)]]
    if (/^(parse|to)[A-Z]/.test(name)) return [[name, (text) => (value as (text: string, path: string) => Outcome)(text, '')]]
    return []
  },
)

const readers = Object.entries(exported as unknown as Record<string, unknown>).flatMap(
  ([name, value]): [string, (bytes: Uint8Array, offset: number) => Outcome][] => {
    const { fromBytes } = (typeof value === 'function' ? value : {}) as { fromBytes?: (bytes: Uint8Array, offset: number) => Outcome }
    return fromBytes === undefined ? [] : [[`${name}.fromBytes`, (bytes, offset) => fromBytes.call(value, bytes, offset)]]
  },
)

const sys = fakeSys()

export const textTargets: readonly Target[] = [
  ...parsers.map(([name, parse]) => textTarget(name, resultContract(parse))),
  ...readers.map(
    ([name, read]): Target => ({
      name: `bytes ${name}`,
      weight: 2,
      seeds: four,
      run(input, random) {
        const outcome = read(input, random.below(input.length + 20) - 4)
        if (outcome.isErr() && outcome.error?.code !== 'input.invalid') throw new Error(`an error that is ${JSON.stringify(outcome.error)}`)
        if (!outcome.isErr() && String(outcome.value).includes('NaN')) throw new Error(`read as ${String(outcome.value)}`)
      },
    }),
  ),
  textTarget(
    'tcHandle',
    throwing((text) => {
      const handle = tcHandle(text, 'handle')
      if (tcHandle(formatTcHandle(handle), 'handle') !== handle) throw new Error(`${text} is not read as itself`)
    }),
  ),
  textTarget(
    'checkLinkName',
    throwing((text) => void checkLinkName(text, 'name')),
  ),
  textTarget('cgroup2Path', (text) => {
    const path = exported.cgroup2Path(text)
    if (path !== undefined && typeof path !== 'string') throw new Error('not a path')
  }),
  textTarget(
    'readSysctl',
    (text, input) => {
      // a name that is none must not reach a file, and no name one outside
      const name = (input[0] ?? 0) % 2 === 0 ? text : text.split('.')
      const outcome = exported.readSysctl(sys, undefined, name)
      if (outcome.isOk()) return
      const { code, message } = outcome.error
      if (code === 'input.invalid') return
      if (!message.includes(' /proc/sys/') || message.includes('/../')) throw new Error(`${code}: ${message}`)
    },
    0.3,
  ),
]

export const textNames: readonly string[] = [...parsers.map(([name]) => name), ...readers.map(([name]) => name)]
