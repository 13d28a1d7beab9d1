import { describe, expect, it } from 'vitest'
import { netlinkFeatures } from './features.js'
import { linkKinds } from './link-kind/index.js'

describe('the table of features', () => {
  it('has each name once, with what it is, from when on, and what stands in for it', () => {
    expect(new Set(netlinkFeatures.map(({ name }) => name)).size).toBe(netlinkFeatures.length)
    for (const { name, since, summary, insteadOf } of netlinkFeatures) {
      expect(name).toMatch(/^[a-z0-9_-]+$/)
      expect(since).toMatch(/^\d+\.\d+$/)
      expect(summary).not.toBe('')
      expect(insteadOf).not.toBe('')
    }
  })

  it('has every kind of link', () => {
    for (const kind of Object.values(linkKinds))
      expect(netlinkFeatures).toContainEqual(expect.objectContaining({ name: `link-${kind.kind}`, since: kind.since }))
  })
})
