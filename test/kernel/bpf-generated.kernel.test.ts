import { readFileSync } from 'node:fs'
import { Ipv4, Ipv6, Mac } from '@axoneme/sys'
import { expect } from 'vitest'
import * as globals from '../bpf/generated/globals.generated.js'
import { type Event, event, loadTypes, maps, Reason, reasonName, typesPrograms, Wide } from '../bpf/generated/types.generated.js'
import { objectPath } from './bpf-fixture.js'
import { sys } from './fixture.js'
import { kernelTest } from './harness/index.js'

const told: Event = {
  time: 0x1_0000_0001n,
  source: Ipv4.parse('1.0.0.0').unwrap(),
  address: Ipv6.parse('2001:db8::7f').unwrap(),
  mac: Mac.parse('02:00:00:00:00:09').unwrap(),
  port: 0x1234,
  label: 0x01020304,
  big: 0x0102030405060708n,
  reason: Reason.AXM_REASON_FULL,
  wide: Wide.AXM_WIDE_LARGE,
  name: 'hello',
  digest: Uint8Array.from({ length: 20 }, (_, index) => index),
  inner: { first: 1, port: 2, flag: 3 },
  pair: [
    { first: 4, port: 5, flag: 6 },
    { first: 7, port: 0x0102, flag: 9 },
  ],
  s8: -1,
  s16: -300,
  s32: 70_000,
  s64: -5_000_000_000n,
  yes: true,
  low: 5,
  middle: 100_000,
  high: -9,
  many: Array.from({ length: 12 }, (_, index) => BigInt(index) << 40n),
  either: Uint8Array.of(1, 2, 3, 4),
  pointer: 0xffff_8880_0000_0000n,
  last: 77,
}

const swap16 = (value: number): bigint => BigInt(((value & 0xff) << 8) | (value >> 8))
/** What the C program adds up, in 64 bits: fields of the wire's order as C sees them on this machine. */
function sumInC(node: number): bigint {
  const sum =
    told.time +
    1n +
    swap16(told.port) +
    0x04030201n +
    1n +
    BigInt(told.low) +
    BigInt(told.middle) +
    BigInt(told.high) +
    (told.many[11] as bigint) +
    swap16(0x0102) +
    BigInt(told.s8) +
    BigInt(told.s16) +
    BigInt(told.s32) +
    told.s64 +
    1n +
    77n +
    BigInt('l'.charCodeAt(0)) +
    19n +
    BigInt(node) +
    1n +
    2n +
    9n +
    0x7fn
  return BigInt.asUintN(64, sum)
}

kernelTest('generated > what a codec writes, C reads, field by field; and back', { needs: [] }, async () => {
  const node = Ipv4.parse('5.0.0.0').unwrap()
  using loaded = loadTypes(sys, readFileSync(objectPath('types')), { variables: { node, strict: true } }).unwrap()
  const events = maps.events(loaded).unwrap()
  const seen = maps.seen(loaded).unwrap()
  const program = typesPrograms.sum(loaded)
  if (program === undefined) throw new Error('no program')
  const packet = new Uint8Array(64)
  // strict, and nothing there
  expect(program.testRun({ data: packet }).unwrap().returnValue).toBe(2)
  expect(events.update({ first: 7, port: 0, flag: 0 }, told).isOk()).toBe(true)
  expect(program.testRun({ data: packet }).unwrap().returnValue).toBe(0)
  expect(seen.lookup(0).unwrap()).toBe(sumInC(5))
  const back = events.lookup({ first: 7, port: 0, flag: 0 }).unwrap()
  expect(back).toEqual({ ...told, s32: -5, middle: 99, inner: { ...told.inner, port: 0x1234 } })
  expect(reasonName(Number(back?.reason))).toBe('AXM_REASON_FULL')
  // what does not fit into a field is refused, and nothing is written
  expect(events.update({ first: 70_000, port: 0, flag: 0 }, told).unwrapErr()).toMatchObject({ code: 'input.invalid', path: 'key' })
  expect(events.update({ first: 8, port: 0, flag: 0 }, { ...told, s8: 128 }).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'value',
  })
  expect(
    events
      .updateAll([
        [
          { first: 8, port: 0, flag: 0 },
          { ...told, name: 'much too long a name' },
        ],
      ])
      .unwrapErr(),
  ).toMatchObject({ code: 'input.invalid', path: 'entries.0', done: 0 })
  expect(events.lookup({ first: 8, port: 0, flag: 0 }).unwrap()).toBeUndefined()
  // padding is zeros, whatever was in the buffer
  const [one, two] = [new Uint8Array(264).fill(0xff), new Uint8Array(264)]
  event.write(told, one, 0)
  event.write(told, two, 0)
  expect(one).toEqual(two)
})

kernelTest('generated > variables are set before the load, by their names and types', { needs: [] }, async () => {
  using loaded = globals
    .loadGlobals(sys, readFileSync(objectPath('globals')), {
      variables: {
        nodeIp: 1000,
        limits: { rate: 1, ports: [10, 20, 30, 40], enabled: 1 },
        configMtu: 9000n,
        configFlags: 7,
        counter: 0n,
        table: [0, 0, 0, 500, 0, 0, 0, 0],
        other: 1,
      },
    })
    .unwrap()
  const program = globals.globalsPrograms.sum(loaded)
  // counter = rate + ports[at & 3] + node_ip + config_mtu + config_flags, with at = mark & 7 = 2
  expect(program?.testRun({ data: new Uint8Array(64), context: { mark: 2 } }).unwrap().returnValue).toBe(1 + 30 + 1000 + 9000 + 7)
})

kernelTest('generated > what does not fit is refused before anything is loaded', { needs: [] }, async () => {
  const object = readFileSync(objectPath('globals'))
  expect(globals.loadGlobals(sys, object, { variables: { nodeIp: -1 } }).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'variables.nodeIp',
  })
  expect(globals.loadGlobals(sys, object, { variables: { table: [1] } }).unwrapErr()).toMatchObject({
    code: 'input.invalid',
    path: 'variables.table',
  })
})
