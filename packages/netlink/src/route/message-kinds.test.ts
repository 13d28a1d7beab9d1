import { describe, expect, it } from 'vitest'
import { messageKindOf, messageKinds, messageTypeName } from './message-kinds.js'

describe('message kinds', () => {
  it('are found by the number of each of their types, and named', () => {
    for (const [name, kind] of Object.entries(messageKinds)) {
      expect(kind.name).toBe(name)
      for (const [typeName, type] of Object.entries(kind.types)) {
        expect(messageKindOf(type)).toBe(kind)
        expect(messageTypeName(type)).toBe(typeName)
        expect(typeName).toMatch(/^RTM_[A-Z]+$/)
      }
    }
  })

  it('have each type once', () => {
    const types = Object.values(messageKinds).flatMap(({ types }) => Object.values(types))
    expect(new Set(types).size).toBe(types.length)
  })

  it('are not of other numbers', () => {
    expect(messageKindOf(9999)).toBeUndefined()
    expect(messageTypeName(9999)).toBe('message type 9999')
  })
})
