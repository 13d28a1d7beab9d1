/**
 * Records what iproute2 says to the kernel, and what the kernel answers, as golden bytes. Run as root on Linux with
 * iproute2 and strace: `node scripts/capture-golden.mjs DIRECTORY [requests|replies]`. Replies differ by kernel: record them on the
 * one that has all drivers (6.12).
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { replies, requests } from './golden-cases.mjs'

const [directory, only] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: capture-golden.mjs DIRECTORY [requests|replies]')
mkdirSync(directory, { recursive: true })
const version = execFileSync('ip', ['-V'], { encoding: 'utf8' }).trim()
const date = new Date().toISOString().slice(0, 10)
const NETNS = 'axm-golden'
const PEER = 'axm-golden-peer'

/** bytecode has spaces in one word: '_' stands for them */
/** RTM_NEW… of what a case's name says: commands list links as well, for their names */
const types = {
  link: 16,
  address: 20,
  route: 24,
  route6: 24,
  rule: 32,
  rule6: 32,
  neighbour: 28,
  fdb: 28,
  qdisc: 36,
  class: 40,
  filter: 44,
  nsid: 88,
}
const words = (command) => command.split(' ').map((word) => (/^\d,.*_/.test(word) ? word.replaceAll('_', ' ') : word))
const quietly = (file, args) => spawnSync(file, args, { encoding: 'utf8', timeout: 20_000 })
const inside = (command) => quietly('ip', ['netns', 'exec', NETNS, ...words(command)])

/** @returns {{ sent: Buffer[], received: Buffer[] }} */
function recorded(command) {
  const traced = quietly('ip', [
    'netns',
    'exec',
    NETNS,
    'strace',
    '-qq',
    '-e',
    'trace=sendmsg,recvmsg,sendto,recvfrom',
    '-e',
    'write=all',
    '-e',
    'read=all',
    ...words(command),
  ])
  const sent = []
  const received = []
  let into
  let bytes = []
  const flush = () => {
    if (into !== undefined && bytes.length > 0) into.push(Buffer.from(bytes))
    bytes = []
  }
  for (const line of traced.stderr.split('\n')) {
    if (/^(sendmsg|sendto)\(/.test(line)) {
      flush()
      into = sent
    } else if (/^(recvmsg|recvfrom)\(/.test(line)) {
      flush()
      into = /MSG_PEEK/.test(line) ? undefined : received
    } else if (/^ \* /.test(line)) flush()
    else {
      const hex = /^ \| [0-9a-f]+ {2}(.{49})/.exec(line)
      if (hex !== null) for (const byte of hex[1].trim().split(/\s+/)) bytes.push(Number.parseInt(byte, 16))
    }
  }
  flush()
  return { sent, received }
}

function messages(datagram) {
  const all = []
  for (let at = 0; at + 16 <= datagram.length; ) {
    const length = datagram.readUInt32LE(at)
    if (length < 16) break
    all.push(datagram.subarray(at, at + length))
    at += (length + 3) & ~3
  }
  return all
}

function write(name, command, bytes) {
  const lines = [
    `# command: ${command.replaceAll('_', command.includes('bytecode') ? ' ' : '_')}`,
    `# with: ${version}`,
    `# kernel: ${release()}`,
    `# date: ${date}`,
  ]
  for (let at = 0; at < bytes.length; at += 16)
    lines.push(
      bytes
        .subarray(at, at + 16)
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1 '),
    )
  writeFileSync(join(directory, `${name}.hex`), `${lines.join('\n')}\n`)
}

function withNamespace(before, run) {
  for (const name of [NETNS, PEER]) quietly('ip', ['netns', 'add', name])
  try {
    for (const command of [
      'ip link add e0 type veth peer name e1',
      'ip link set e0 up',
      'ip link set e1 up',
      'ip address add 10.0.0.1/24 dev e0',
      'ip address add 2001:db8::1/64 dev e0 nodad',
      ...before,
    ])
      inside(command)
    run()
  } finally {
    for (const name of [NETNS, PEER]) quietly('ip', ['netns', 'delete', name])
  }
}

let failed = 0
if (only !== 'replies')
  for (const { name, command, before = [] } of requests)
    withNamespace(before, () => {
      const last = recorded(command).sent.at(-1)
      if (last === undefined) {
        failed++
        console.error(`${name}: nothing was sent by ${command}`)
      } else write(name, command, messages(last)[0])
    })
if (only !== 'requests')
  for (const { name, command, before = [], most } of replies)
    withNamespace(before, () => {
      const { received } = recorded(command)
      const kept = received.flatMap(messages).filter((bytes) => {
        return bytes.readUInt16LE(4) === types[name.split('-')[1]]
      })
      if (kept.length === 0) {
        failed++
        console.error(`${name}: nothing came for ${command}`)
      }
      for (const [index, bytes] of kept.slice(0, most).entries()) write(`${name}-${String(index).padStart(2, '0')}`, command, bytes)
    })
process.exitCode = failed === 0 ? 0 : 1
