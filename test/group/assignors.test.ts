import { describe, expect, it } from 'vitest'
import {
  cooperative,
  counts,
  range,
  roundRobin,
  shown,
  sizeOf,
  sticky,
  subscriber,
  withOwned,
} from '../support/assignments.js'

describe('range', () => {
  it('gives neighbours, and one more to the first where it does not come out even', () => {
    const members = ['c', 'a', 'b'].map((id) => subscriber(id, ['t0', 't1']))
    expect(shown(range.assign(counts(7, 3), members))).toEqual({
      a: { t0: [0, 1, 2], t1: [0] },
      b: { t0: [3, 4], t1: [1] },
      c: { t0: [5, 6], t1: [2] },
    })
  })

  it('divides each topic among its own subscribers, static members by their names', () => {
    const members = [
      subscriber('z', ['t0', 't1'], { groupInstanceId: 'first' }),
      subscriber('a', ['t0']),
    ]
    expect(shown(range.assign(counts(3, 2), members))).toEqual({
      z: { t0: [0, 1], t1: [0, 1] },
      a: { t0: [2] },
    })
  })
})

describe('roundrobin', () => {
  it('goes around the members over all topics', () => {
    const members = ['a', 'b'].map((id) => subscriber(id, ['t0', 't1']))
    expect(shown(roundRobin.assign(counts(3, 3), members))).toEqual({
      a: { t0: [0, 2], t1: [1] },
      b: { t0: [1], t1: [0, 2] },
    })
  })

  it('passes over who does not subscribe to the topic', () => {
    const members = [
      subscriber('a', ['t0']),
      subscriber('b', ['t0', 't1']),
      subscriber('c', ['t0', 't1', 't2']),
    ]
    // The example in the documentation of Kafka's own.
    expect(shown(roundRobin.assign(counts(1, 2, 3), members))).toEqual({
      a: { t0: [0] },
      b: { t1: [0] },
      c: { t1: [1], t2: [0, 1, 2] },
    })
  })
})

describe('sticky', () => {
  it('is even where subscriptions differ, as far as they allow', () => {
    const members = [
      subscriber('a', ['t0']),
      subscriber('b', ['t0', 't1']),
      subscriber('c', ['t0', 't1', 't2']),
    ]
    const assignment = sticky.assign(counts(1, 2, 3), members)
    expect([...assignment.values()].map(sizeOf)).toEqual([1, 2, 3])
  })

  it('passes partitions along a chain of members where there is no direct way', () => {
    const owned = (topic: string, ...partitions: number[]) => new Map([[topic, partitions]])
    const members = [
      withOwned(sticky, subscriber('a', ['t0']), owned('t0', 0, 1, 2, 3)),
      withOwned(sticky, subscriber('b', ['t0', 't1']), owned('t1', 0, 1)),
      withOwned(sticky, subscriber('c', ['t1']), new Map()),
    ]
    const assignment = sticky.assign(counts(4, 2), members)
    expect([...assignment.values()].map(sizeOf)).toEqual([2, 2, 2])
  })

  it('takes from the one of equally full members that has the shorter way', () => {
    const owned = (t0: number[], t1: number[]) =>
      new Map([
        ['t0', t0],
        ['t1', t1],
      ])
    const members = [
      withOwned(sticky, subscriber('a', ['t0', 't1']), owned([0], [0, 2, 4, 6, 8])),
      withOwned(sticky, subscriber('b', ['t0', 't1']), owned([1], [1, 3, 5, 7])),
      subscriber('new', ['t0']),
    ]
    expect(shown(sticky.assign(counts(2, 9), members))).toEqual({
      a: { t1: [0, 2, 4, 6, 8] },
      b: { t1: [1, 3, 5, 7] },
      new: { t0: [0, 1] },
    })
  })

  it('believes the later generation where two own the same partition', () => {
    const owned = new Map([['t0', [0, 1]]])
    const members = [
      withOwned(sticky, subscriber('a', ['t0']), owned, 3),
      withOwned(sticky, subscriber('b', ['t0']), new Map([['t0', [0]]]), 4),
    ]
    expect(shown(sticky.assign(counts(2), members))).toEqual({ a: { t0: [1] }, b: { t0: [0] } })
  })

  it('takes user data that it cannot read for none', () => {
    const member = subscriber('a', ['t0'], { userData: Buffer.from('foreign') })
    expect(shown(sticky.assign(counts(2), [member]))).toEqual({ a: { t0: [0, 1] } })
  })
})

describe('cooperative-sticky', () => {
  it('gives a partition that moves to nobody until its owner has given it up', () => {
    const a = subscriber('a', ['t0'])
    const b = subscriber('b', ['t0'])
    const all = new Map([['t0', [0, 1, 2, 3]]])
    const first = cooperative.assign(counts(4), [withOwned(cooperative, a, all), b])
    expect(shown(first)).toEqual({ a: { t0: [0, 1] }, b: {} })
    const second = cooperative.assign(counts(4), [
      withOwned(cooperative, a, first.get('a')!, 2),
      withOwned(cooperative, b, new Map(), 2),
    ])
    expect(shown(second)).toEqual({ a: { t0: [0, 1] }, b: { t0: [2, 3] } })
  })
})
