import { describe, expect, it } from 'vitest'
import { findLinkKind, type LinkKind, linkKinds } from './index.js'

const MAINLINE = /^\d\.\d+$/

describe.each(Object.entries(linkKinds) as [string, LinkKind][])('links of kind %s', (name, kind) => {
  it('are found by the name that the kernel knows', () => {
    expect(kind.kind).toBe(name)
    expect(findLinkKind(name)).toBe(kind)
  })

  it('say which kernel has them', () => {
    expect(kind.since).toMatch(MAINLINE)
    expect(kind.config).toMatch(/^CONFIG_[A-Z0-9_]+$/)
  })

  it('need only what their data has', () => {
    for (const needed of kind.needs ?? []) expect(Object.keys(kind.data?.table ?? {})).toContain(needed)
  })
})

describe('other kinds', () => {
  it('are not found', () => {
    expect(findLinkKind('token-ring')).toBeUndefined()
    expect(findLinkKind('constructor')).toBeUndefined()
    expect(findLinkKind('')).toBeUndefined()
  })
})
