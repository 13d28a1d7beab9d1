import { describe, expect, it } from 'vitest'
import { bpfFilter, findFilterKind } from './index.js'

describe('kinds of filters', () => {
  it('are found by name', () => {
    expect(findFilterKind('bpf')).toBe(bpfFilter)
    expect(findFilterKind('u32')).toBeUndefined()
    expect(findFilterKind('valueOf')).toBeUndefined()
  })
})
