import { describe, expect, it } from 'vitest'
import { Draft, Holding } from './draft.js'
import { Grace } from './grace.js'
import { PeerIndexes } from './peer-indexes.js'
import { SharedNumbers } from './shared-numbers.js'
import { MemoryMaps } from './testing/memory-maps.js'

function scene(end = 10) {
  const clock = { now: 0 }
  const grace = new Grace(10, () => clock.now)
  const numbers = new SharedNumbers<string>('chunks', 'axm_chunks', end, grace)
  const memory = new MemoryMaps()
  const indexes = new PeerIndexes(memory.identities, grace)
  const wait = (ms: number): void => {
    clock.now += ms
    grace.look()
    numbers.reclaim()
    indexes.reclaim().unwrap()
  }
  return { memory, numbers, indexes, wait }
}

describe('shared numbers', () => {
  it('are one for a content, and another content’s when all holders have let go, and time has passed', () => {
    const { numbers, wait } = scene(3)
    const draft = new Draft()
    const [one, two] = [new Holding(), new Holding()]
    expect(draft.hold(one, numbers, 'a', () => 'A')).toBe(1)
    expect(draft.hold(one, numbers, 'a', () => 'A')).toBe(1)
    expect(draft.hold(two, numbers, 'a', () => 'A')).toBe(1)
    expect(draft.hold(two, numbers, 'b', () => 'B')).toBe(2)
    expect(draft.fresh(numbers).map(({ value }) => value)).toEqual(['A', 'B'])
    draft.keep()
    one.release()
    wait(20)
    expect(numbers.at(1)?.holders).toBe(1)
    two.release()
    wait(9)
    expect(numbers.fill()).toEqual({ used: 2, capacity: 2 })
    const refused = new Draft()
    expect(['c', 'd', 'c'].map((key) => refused.hold(one, numbers, key, () => key))).toEqual([3, 4, 3])
    expect(refused.fault()).toMatchObject({ needed: 4, allowed: 2, resting: 2 })
    wait(1)
    expect(new Draft().hold(one, numbers, 'c', () => 'C')).toBe(1)
    expect(numbers.find('a')).toBeUndefined()
  })

  it('that were held again rest anew, and are given back once', () => {
    const { numbers, wait } = scene()
    const draft = new Draft()
    const holding = new Holding()
    const hold = (): number => draft.hold(holding, numbers, 'a', () => 'A')
    hold()
    draft.keep()
    // twice at one time
    for (const _ of [1, 2]) {
      holding.release()
      hold()
    }
    holding.release()
    wait(5)
    hold()
    wait(5)
    expect(numbers.find('a')?.holders).toBe(1)
    holding.release()
    wait(9)
    expect(numbers.fill().used).toBe(1)
    holding.release()
    wait(1)
    expect(numbers.fill().used).toBe(0)
    wait(100)
    expect(numbers.fill().used).toBe(0)
  })

  it('that were never written go at once', () => {
    const { numbers } = scene()
    const holding = new Holding()
    const draft = new Draft()
    draft.hold(holding, numbers, 'a', () => 'A')
    holding.release()
    expect([numbers.fill().used, draft.fresh(numbers)]).toEqual([0, []])
  })

  it('are taken over once', () => {
    const { numbers } = scene()
    const draft = new Draft()
    const [one, two] = [new Holding(), new Holding()]
    for (const holding of [one, two]) draft.hold(holding, numbers, 'a', () => 'A')
    one.take(two)
    expect(numbers.at(1)?.holders).toBe(1)
    two.release()
    expect(numbers.at(1)?.holders).toBe(1)
    one.release()
    expect(numbers.fill().used).toBe(0)
  })
})

describe('indexes', () => {
  it('that were told end when that was told; others when they are let go', () => {
    const { memory, indexes, wait } = scene()
    const [told, untold] = [indexes.hold(300), indexes.hold(301)]
    if (told === undefined || untold === undefined) expect.fail('there are indexes')
    indexes.write([told, untold]).unwrap()
    expect(indexes.tell(300)).toBe(1)
    indexes.release(told)
    indexes.release(untold)
    wait(10)
    expect([indexes.find(300)?.index, indexes.find(301)]).toEqual([1, undefined])
    expect([memory.identities.lookup(300), memory.identities.lookup(301)]).toEqual([1, undefined])
    expect([...indexes.tellNews()]).toEqual([[300, 0]])
    wait(9)
    expect(indexes.find(300)?.index).toBe(1)
    wait(1)
    expect([indexes.find(300), memory.identities.size]).toEqual([undefined, 0])
  })

  it('that rested and came back are told again, and given back once', () => {
    const { indexes, wait } = scene()
    const hold = () => indexes.hold(300) ?? expect.fail('there are indexes')
    indexes.write([hold()]).unwrap()
    const indexed = indexes.find(300) as ReturnType<typeof hold>
    // rests twice until the same time
    for (const index of [1, 0, 1, 0]) {
      if (index === 0) indexes.release(indexed)
      else if (indexed.tables === 0) hold()
      expect([...indexes.tellNews()]).toEqual([[300, index]])
    }
    wait(10)
    expect(indexes.fill().used).toBe(0)
    expect(hold().index).toBe(1)
    expect(indexes.fill().used).toBe(1)
  })

  it('that came back and went do not end before that is told', () => {
    const { indexes, wait } = scene()
    const indexed = indexes.hold(300) ?? expect.fail('there are indexes')
    indexes.write([indexed]).unwrap()
    indexes.tellNews()
    indexes.release(indexed)
    indexes.tellNews()
    wait(5)
    indexes.hold(300)
    indexes.tellNews()
    indexes.release(indexed)
    wait(5)
    expect(indexes.find(300)).toBe(indexed)
    expect([...indexes.tellNews()]).toEqual([[300, 0]])
    wait(10)
    expect(indexes.find(300)).toBeUndefined()
  })

  it('that were held again rest anew', () => {
    const { indexes, wait } = scene()
    const indexed = indexes.hold(300) ?? expect.fail('there are indexes')
    indexes.write([indexed]).unwrap()
    indexes.release(indexed)
    wait(5)
    indexes.hold(300)
    indexes.release(indexed)
    wait(9)
    expect(indexes.find(300)).toBe(indexed)
    wait(1)
    expect(indexes.find(300)).toBeUndefined()
  })

  it('that come and go before anybody is told are no news', () => {
    const { indexes } = scene()
    const indexed = indexes.hold(300) ?? expect.fail('there are indexes')
    indexes.write([indexed]).unwrap()
    indexes.release(indexed)
    expect([...indexes.tellNews()]).toEqual([])
    expect(indexes.tell(300)).toBe(0)
  })
})
