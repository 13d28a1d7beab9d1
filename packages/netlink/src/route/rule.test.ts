import { describe, expect, it } from 'vitest'
import { NLMSG_HDRLEN, readMessage, Writer, writeMessage } from '../wire/index.js'
import { addRule, deleteRule, listRules, type RuleMessage, type RuleSpec, ruleView } from './rule.js'
import { RTM_NEWRULE, ruleMessage } from './rule-message.js'

function decoded(message: object): RuleMessage {
  const out = new Writer()
  writeMessage(out, ruleMessage, RTM_NEWRULE, 0, 1, message as never)
  const bytes = out.take()
  return readMessage(ruleMessage, bytes, NLMSG_HDRLEN, bytes.length) as RuleMessage
}

const shown = (spec: RuleSpec) => JSON.parse(JSON.stringify(ruleView(decoded(addRule(spec).message))))

describe('a rule', () => {
  it.each<[RuleSpec, object]>([
    [{}, { family: 4, action: 'table', table: 'main', invert: false, l3mdev: false }],
    [
      { family: 6, table: 'local' },
      { family: 6, table: 'local' },
    ],
    [
      { from: '10.0.0.0/8', table: 100 },
      { family: 4, from: '10.0.0.0/8', table: 100 },
    ],
    [
      { to: '2001:db8::/32', table: 1000 },
      { family: 6, to: '2001:db8::/32', table: 1000 },
    ],
    [
      { goto: 300, priority: 5 },
      { action: 'goto', goto: 300, table: 'unspecified' },
    ],
    [{ l3mdev: true }, { l3mdev: true, table: 'unspecified', action: 'table' }],
    [
      { action: 'blackhole', invert: true },
      { action: 'blackhole', invert: true },
    ],
    [
      {
        fwmark: 7,
        fwmask: 255,
        tos: 16,
        ipProtocol: 6,
        sourcePorts: { start: 1, end: 2 },
        destinationPorts: { start: 3, end: 4 },
        uids: { start: 0, end: 9 },
      },
      {
        fwmark: 7,
        fwmask: 255,
        tos: 16,
        ipProtocol: 6,
        sourcePorts: { start: 1, end: 2 },
        destinationPorts: { start: 3, end: 4 },
        uids: { start: 0, end: 9 },
      },
    ],
    [
      { inputLink: 'e0', outputLink: 'e1', suppressPrefixLength: 0, protocol: 'bird' },
      { inputLink: 'e0', outputLink: 'e1', suppressPrefixLength: 0, protocol: 'bird' },
    ],
  ])('%o', (spec, view) => {
    expect(shown(spec)).toMatchObject(view)
  })

  it('is deleted by the same, and listed by family', () => {
    expect(deleteRule({ fwmark: 7 }).message).toEqual(addRule({ fwmark: 7 }).message)
    expect(
      [listRules(), listRules({ family: 4 }), listRules({ family: 6 })].map(({ message }) => (message as { family: number }).family),
    ).toEqual([0, 2, 10])
  })

  it('shown suppresses nothing when the kernel says so, and is none of another family', () => {
    expect(ruleView(decoded({ family: 2, attributes: { suppressPrefixLength: 0xffff_ffff } }))).toMatchObject({
      suppressPrefixLength: undefined,
    })
    expect(ruleView(decoded({ family: 128 }))).toBeUndefined()
  })
})
