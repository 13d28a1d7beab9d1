/**
 * The policy package where there is no Node: bundled as a browser's bundler would, by its built files, with nothing of Node to be found, and
 * run in a context that has a browser's globals alone.
 */
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { createContext, runInContext } from 'node:vm'
import { build, type Metafile } from 'esbuild'
import { beforeAll, expect, it } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
let code = ''
let meta: Metafile = { inputs: {}, outputs: {} }

const program = `
import { createResolver, createUniverse, diffMeaning, evaluate, explain, formatDiff, formatExplanation, lint, parsePolicies, relevantLabels } from '@axoneme/policy'

globalThis.answer = (text) => {
  const policies = parsePolicies(text, { file: 'shop.yaml' }).unwrap()
  const universe = createUniverse({
    endpoints: [
      { name: 'web', namespace: 'shop', labels: { app: 'web' }, addresses: ['10.0.0.1'] },
      { name: 'db', namespace: 'shop', labels: { app: 'db' }, addresses: ['10.0.0.2'] },
    ],
  }).unwrap()
  const flow = { from: { object: 'shop/web' }, to: { object: 'shop/db' }, protocol: 'tcp', port: 5432 }
  const other = { ...flow, port: 80 }
  const resolver = createResolver({ universe, policies }).unwrap()
  return JSON.stringify({
    allowed: evaluate(universe, policies, flow).verdict,
    denied: evaluate(universe, policies, other).verdict,
    sets: resolver.tables().sets.size,
    keys: [...relevantLabels(policies).keys],
    why: formatExplanation(explain(universe, policies, other)),
    lint: Array.isArray(lint(policies, universe)),
    diff: formatDiff(diffMeaning(universe, policies, []).unwrap()),
    wrong: parsePolicies('kind: [', { file: 'wrong.yaml' }).error.code,
  })
}
`

beforeAll(async () => {
  const bundled = await build({
    stdin: { contents: program, resolveDir: root, loader: 'js' },
    bundle: true,
    // as browsers' bundlers do: Node's modules are not there
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    metafile: true,
    write: false,
    logLevel: 'silent',
    minify: true,
  })
  code = bundled.outputFiles[0]?.text ?? ''
  meta = bundled.metafile
}, 60_000)

it('has nothing of Node in its graph, and nothing that needs a kernel', () => {
  const inputs = Object.entries(meta.inputs)
  expect(inputs.length).toBeGreaterThan(10)
  const imported = inputs.flatMap(([, { imports }]) => imports.map(({ path, original }) => original ?? path))
  expect(imported.filter((path) => isBuiltin(path) || path.startsWith('node:'))).toEqual([])
  expect(inputs.map(([path]) => path).filter((path) => /koffi|\/sys\/dist\/(index|linux)\.js/.test(path))).toEqual([])
})

it('runs with a browser’s globals alone', () => {
  // what browsers have that a bare context has not; no process, Buffer, require or module
  const context = createContext({
    TextEncoder,
    TextDecoder,
    URL,
    atob,
    btoa,
    console,
    performance,
    structuredClone,
    queueMicrotask,
    setTimeout,
    clearTimeout,
  })
  runInContext('globalThis.self = globalThis; globalThis.window = globalThis', context)
  runInContext(code, context)
  const document = readFileSync(new URL('shop.yaml', import.meta.url), 'utf8')
  const answer = JSON.parse(runInContext(`answer(${JSON.stringify(document)})`, context) as string)
  expect(answer).toMatchObject({ allowed: 'allow', denied: 'deny', sets: 2, keys: ['app'], lint: true, wrong: 'policy.malformed' })
  expect(answer.why).toContain('shop.yaml')
  expect(answer.diff).toContain('opened')
})
