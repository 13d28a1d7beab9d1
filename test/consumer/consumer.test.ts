/**
 * The packages as their users get them: packed, installed by npm into a folder outside the workspace, loaded in plain
 * Node from ESM and CommonJS, and their types read by a compiler. No bundler, no TypeScript loader.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
// @ts-expect-error a script of Node's own, without declarations
import { pnpm } from '../../scripts/setup/workspace.mjs'

const root = new URL('../..', import.meta.url).pathname
const packages = readdirSync(join(root, 'packages')).sort()
let folder = ''

const run = (command: string, args: string[], cwd = folder): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** How npm is to take the workspace's packages: from the tarballs, also where one depends on another. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'axm-consumer-'))
  const tarballs = join(folder, 'tarballs')
  mkdirSync(tarballs)
  const dependencies: Record<string, string> = {}
  for (const name of packages) {
    run(pnpm(), ['pack', '--pack-destination', tarballs], join(root, 'packages', name))
    dependencies[`@axoneme/${name}`] = `file:tarballs/axoneme-${name}-0.1.0.tgz`
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides: dependencies }))
  run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'])
})

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
})

/** what a user would do first, in either module system */
const body = `
const address = Ipv4.parse('192.0.2.1').unwrap()
const wrong = Ipv4.parse('192.0.2.256')
const sys = linux()
let links = 'no kernel here'
if (sys.isOk()) {
  const opened = Netlink.open()
  const listed = opened.isOk() ? await opened.value.links.list() : opened
  links = listed.isOk() ? listed.value.map(({ name }) => name).includes('lo') : listed.error.code
  if (opened.isOk()) opened.value.close()
}
// the object is found where the package lies; who may not load it is told so
let programs = 'no kernel here'
if (sys.isOk()) {
  const datapath = openDatapath(sys.value, { sizes: { flows4: 64, flows6: 64, chunks: 64, directories: 4, events: 4096 } })
  programs = datapath.isOk() ? Object.keys(datapath.value.programs).length : datapath.error.code
  if (datapath.isOk()) datapath.value.close()
}
const scripted = fakeSys({ open: () => -2 })
const refused = openNetns(scripted, { path: '/nowhere' })
const policies = parsePolicies('{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: p }, spec: { podSelector: {} } }').unwrap()
const universe = createUniverse({ endpoints: [{ name: 'a', namespace: 'default' }, { name: 'b', namespace: 'default' }] }).unwrap()
const flow = { from: { object: 'default/a' }, to: { object: 'default/b' }, protocol: 'tcp', port: 80 }
const verdict = evaluate(universe, policies, flow).verdict
const sets = createResolver({ universe, policies }).unwrap().tables().sets.size
console.log(JSON.stringify({ address, code: wrong.error.code, ok: Ok(1).value, same: Result === Result, links, programs, refused: refused.error.code, kinds: Object.keys(linkKinds).length, closed: refused.error instanceof Ipv4, verdict, sets, sameDoor: ValuesIpv4 === Ipv4 }))
`

it('ships what it names, and nothing of its sources', () => {
  for (const name of packages) {
    const installed = join(folder, 'node_modules/@axoneme', name)
    const files = readdirSync(installed)
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']))
    expect(files).not.toContain('src')
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    expect(JSON.stringify(manifest.dependencies ?? {})).not.toContain('workspace:')
    for (const entry of Object.values<any>(manifest.exports))
      for (const path of [entry.import.types, entry.import.default, entry.require.types, entry.require.default])
        expect(() => readFileSync(join(installed, path))).not.toThrow()
  }
})

it.each([
  ['ESM', 'consumer.mjs', (names: string, from: string) => `import { ${names} } from '${from}'\n`, body],
  ['CommonJS', 'consumer.cjs', (names: string, from: string) => `const { ${names} } = require('${from}')\n`, `;(async () => {${body}})()`],
])('loads in plain Node from %s', (_title, file, load, program) => {
  // the same class by another door: under a name of its own
  const rename = (line: string): string =>
    line.replace('{ Ipv4 }', file.endsWith('.mjs') ? '{ Ipv4 as ValuesIpv4 }' : '{ Ipv4: ValuesIpv4 }')
  const head =
    load('Ipv4, Ok, Result, openNetns', '@axoneme/sys') +
    load('linux', '@axoneme/sys/linux') +
    load('fakeSys', '@axoneme/sys/testing') +
    load('Netlink, linkKinds', '@axoneme/netlink') +
    load('openDatapath', '@axoneme/datapath') +
    load('createResolver, createUniverse, evaluate, parsePolicies', '@axoneme/policy') +
    rename(load('Ipv4', '@axoneme/sys/values'))
  writeFileSync(join(folder, file), head + program)
  expect(JSON.parse(run(process.execPath, [file]))).toEqual({
    address: '192.0.2.1',
    code: 'input.invalid',
    ok: 1,
    same: true,
    links: true,
    programs: process.geteuid?.() === 0 ? 17 : 'permission.denied',
    refused: 'netns.missing',
    kinds: 15,
    closed: false,
    verdict: 'deny',
    sets: 1,
    sameDoor: true,
  })
})

it('ships bpf2ts as a command that says how it is used', () => {
  expect(run(join(folder, 'node_modules/.bin/bpf2ts'), ['--help'])).toMatch(/^usage: bpf2ts OBJECT/)
  expect(() => run(join(folder, 'node_modules/.bin/bpf2ts'), ['nowhere.o'])).toThrow(/cannot read nowhere\.o/)
})

it('hides what is not exported', () => {
  writeFileSync(
    join(folder, 'deep.mjs'),
    `await import('@axoneme/sys/dist/index.js').then(() => console.log('open'), ({ code }) => console.log(code))`,
  )
  expect(run(process.execPath, ['deep.mjs']).trim()).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
})

it.each(['mts', 'cts'])('has types that a strict compiler takes, from .%s', (extension) => {
  const file = `typed.${extension}`
  writeFileSync(
    join(folder, file),
    `import { Ipv4, type Result, type InputInvalid } from '@axoneme/sys'
import { linux } from '@axoneme/sys/linux'
import { Netlink, type LinkSpec, type NetlinkError } from '@axoneme/netlink'
import { definePolicy, evaluate, type Flow, type NetworkPolicyInput, type Universe, type Verdict } from '@axoneme/policy'
export const parsed: Result<Ipv4, InputInvalid> = Ipv4.parse('192.0.2.1')
export const spec: LinkSpec = { kind: 'vxlan', name: 'x0', data: { vni: 42, port: 4789 } }
// @ts-expect-error a vni is a number
export const wrong: LinkSpec = { kind: 'vxlan', name: 'x0', data: { vni: '42' } }
export const policy: NetworkPolicyInput = { kind: 'network-policy', key: 'p', subject: { kind: 'endpoints' }, rules: [{ direction: 'ingress', ports: [{ protocol: 'tcp', port: 80 }] }] }
// @ts-expect-error a direction is one of two
export const unknown: NetworkPolicyInput = { kind: 'network-policy', key: 'p', subject: { kind: 'endpoints' }, rules: [{ direction: 'sideways' }] }
export const judged = (universe: Universe, flow: Flow): Verdict['verdict'] => evaluate(universe, [definePolicy(policy).unwrap()], flow).verdict
export async function names(): Promise<string[] | NetlinkError['code'] | string> {
  const opened = Netlink.open({ sys: linux().unwrap() })
  if (opened.isErr()) return opened.error.code
  const listed = await opened.value.links.list()
  return listed.isOk() ? listed.value.map(({ name }) => name) : listed.error.code
}
`,
  )
  const options = [
    '--strict',
    '--noEmit',
    '--module',
    'NodeNext',
    '--target',
    'ES2022',
    '--lib',
    'ES2022,ESNext.Disposable',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
  ]
  expect(() => run(join(root, 'node_modules/.bin/tsc'), [...options, file])).not.toThrow()
})
