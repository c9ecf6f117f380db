import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AssignedPartitions,
  type Assignor,
  assignors,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscriber,
} from '../../src/group/index.js'

const range = assignors.get('range')!
const roundRobin = assignors.get('roundrobin')!
const sticky = assignors.get('sticky')!
const cooperative = assignors.get('cooperative-sticky')!

type Owned = ReadonlyMap<string, readonly number[]>

function subscriber(
  memberId: string,
  topics: readonly string[],
  more: Partial<Subscriber> = {},
): Subscriber {
  return {
    memberId,
    topics,
    groupInstanceId: null,
    userData: null,
    ownedPartitions: new Map(),
    generation: -1,
    rackId: null,
    ...more,
  }
}

/** The member as it comes back with what it was given. */
function withOwned(
  assignor: Assignor,
  member: Subscriber,
  owned: Owned,
  generation = 1,
): Subscriber {
  return {
    ...member,
    ownedPartitions: owned,
    generation,
    userData: assignor.userData(owned, generation),
  }
}

const shown = (assignment: Map<string, AssignedPartitions>) =>
  Object.fromEntries(
    [...assignment].map(([id, partitions]) => [id, Object.fromEntries(partitions)]),
  )

const flat = (partitions: Owned) =>
  [...partitions].flatMap(([topic, numbers]) => numbers.map((number) => `${topic}-${number}`))

const sizeOf = (partitions: Owned | undefined) =>
  partitions === undefined ? 0 : flat(partitions).length

const counts = (...each: number[]) => new Map(each.map((count, i) => [`t${i}`, count]))

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

/** Up to six topics, some of which do not exist, and up to seven members. */
const groups = fc
  .record({
    partitions: fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }),
    members: fc.array(
      fc.record({
        topics: fc.uniqueArray(fc.constantFrom('t0', 't1', 't2', 't3', 't4', 'missing'), {
          maxLength: 5,
        }),
        isStatic: fc.boolean(),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    leaves: fc.nat(6),
    comes: fc.boolean(),
  })
  .map(({ partitions, members, leaves, comes }) => ({
    counts: counts(...partitions),
    members: members.map(({ topics, isStatic }, i) =>
      subscriber(`m${i}`, topics, { groupInstanceId: isStatic ? `i${i}` : null }),
    ),
    leaves,
    comes,
  }))

type Given = typeof groups extends fc.Arbitrary<infer T> ? T : never

function expectEachOnce(assignment: Map<string, AssignedPartitions>, { counts, members }: Given) {
  const expected = [...counts].flatMap(([topic, count]) =>
    members.some(({ topics }) => topics.includes(topic))
      ? Array.from({ length: count }, (_, i) => `${topic}-${i}`)
      : [],
  )
  expect([...assignment.values()].flatMap(flat).sort()).toEqual(expected.sort())
  for (const { memberId, topics } of members) {
    for (const topic of assignment.get(memberId)!.keys()) expect(topics).toContain(topic)
  }
}

const equal = (given: Given): Given => ({
  ...given,
  members: given.members.map((member) => ({ ...member, topics: ['t0', 't1'] })),
})

describe.each([...assignors.values()])('$name', (assignor) => {
  it('gives every partition to exactly one subscriber of its topic', () => {
    fc.assert(
      fc.property(groups, (given) => {
        expectEachOnce(assignor.assign(given.counts, given.members), given)
      }),
    )
  })

  it('does not depend on the order in which members are given', () => {
    fc.assert(
      fc.property(groups, (given) => {
        const turned = assignor.assign(given.counts, [...given.members].reverse())
        const straight = assignor.assign(given.counts, given.members)
        expect(shown(turned)).toEqual(shown(straight))
      }),
    )
  })
})

describe.each([roundRobin, sticky])('$name', (assignor) => {
  it('is even to one where all subscribe to the same', () => {
    fc.assert(
      fc.property(groups.map(equal), ({ counts, members }) => {
        const sizes = [...assignor.assign(counts, members).values()].map(sizeOf)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

/** Who is there next: one member may have left, and one may have come. */
function next(
  { members, leaves, comes }: Given,
  assignment: Map<string, AssignedPartitions>,
  assignor: Assignor,
) {
  const stay = members
    .filter((_, i) => i !== leaves)
    .map((member) => withOwned(assignor, member, assignment.get(member.memberId)!))
  const topics = members[0]!.topics
  return comes || stay.length === 0 ? [...stay, subscriber('new', topics)] : stay
}

const kept = (members: readonly Subscriber[], assignment: Map<string, AssignedPartitions>) =>
  members.reduce((sum, { memberId, ownedPartitions }) => {
    const now = new Set(flat(assignment.get(memberId)!))
    return sum + flat(ownedPartitions).filter((partition) => now.has(partition)).length
  }, 0)

describe.each([sticky, cooperative])('$name', (assignor) => {
  it('changes nothing where nothing has changed', () => {
    fc.assert(
      fc.property(groups, ({ counts, members }) => {
        const first = assignor.assign(counts, members)
        const back = members.map((member) =>
          withOwned(assignor, member, first.get(member.memberId)!),
        )
        expect(shown(assignor.assign(counts, back))).toEqual(shown(first))
      }),
    )
  })

  it('is as even as any assignment can be: no single move makes it more so', () => {
    fc.assert(
      fc.property(groups, ({ counts, members }) => {
        const assignment = assignor.assign(counts, members)
        for (const from of members) {
          for (const topic of assignment.get(from.memberId)!.keys()) {
            for (const to of members.filter(({ topics }) => topics.includes(topic))) {
              const gap =
                sizeOf(assignment.get(from.memberId)) - sizeOf(assignment.get(to.memberId))
              expect(gap).toBeLessThanOrEqual(1)
            }
          }
        }
      }),
    )
  })
})

it('sticky moves exactly as many as balance needs where all subscribe to the same', () => {
  fc.assert(
    fc.property(groups.map(equal), (given) => {
      const members = next(given, sticky.assign(given.counts, given.members), sticky)
      const owned = members.map(({ ownedPartitions }) => sizeOf(ownedPartitions))
      const total = [...given.counts].reduce(
        (sum, [topic, count]) => sum + (topic === 't0' || topic === 't1' ? count : 0),
        0,
      )
      const least = Math.floor(total / members.length)
      const withMore = total % members.length
      // The fullest members keep one more; everybody keeps what does not exceed their share.
      const most = owned
        .sort((a, b) => b - a)
        .reduce((sum, size, i) => sum + Math.min(size, least + (i < withMore ? 1 : 0)), 0)
      expect(kept(members, sticky.assign(given.counts, members))).toBe(most)
    }),
  )
})

it('cooperative-sticky comes to rest in two rounds, and takes nothing that another still has', () => {
  fc.assert(
    fc.property(groups, (given) => {
      const members = next(given, cooperative.assign(given.counts, given.members), cooperative)
      const first = cooperative.assign(given.counts, members)
      for (const { memberId, ownedPartitions } of members) {
        const others = members.filter((other) => other.memberId !== memberId)
        const theirs = new Set(others.flatMap((other) => flat(other.ownedPartitions)))
        const added = flat(first.get(memberId)!).filter(
          (one) => !flat(ownedPartitions).includes(one),
        )
        expect(added.filter((one) => theirs.has(one))).toEqual([])
      }
      const back = members.map((one) => withOwned(cooperative, one, first.get(one.memberId)!, 2))
      expectEachOnce(cooperative.assign(given.counts, back), { ...given, members: back })
    }),
  )
})

describe('the consumer protocol', () => {
  const owned = new Map([
    ['t0', [0, 5]],
    ['ü', [1]],
  ])

  it('has the bytes that Kafka gives it', () => {
    const bytes = encodeSubscription({
      topics: ['ab'],
      ownedPartitions: new Map([['ab', [7]]]),
      generation: 9,
    })
    expect(bytes.toString('hex')).toBe(
      '0003 00000001 0002 6162 ffffffff 00000001 0002 6162 00000001 00000007 00000009 ffff'.replaceAll(
        ' ',
        '',
      ),
    )
    expect(encodeAssignment({ partitions: new Map([['ab', [7]]]) }, 0).toString('hex')).toBe(
      '0000 00000001 0002 6162 00000001 00000007 ffffffff'.replaceAll(' ', ''),
    )
  })

  it.each([0, 1, 2, 3])('is read in version %i as it was written', (version) => {
    const given = {
      topics: ['t0', 'ü'],
      userData: Buffer.from([1, 2]),
      ownedPartitions: owned,
      generation: 4,
      rackId: 'r',
    }
    expect(decodeSubscription(encodeSubscription(given, version))).toEqual({
      ...given,
      ownedPartitions: version >= 1 ? owned : new Map(),
      generation: version >= 2 ? 4 : -1,
      rackId: version >= 3 ? 'r' : null,
    })
  })

  it('is read in a later version by what is known of it', () => {
    const bytes = Buffer.concat([encodeSubscription({ topics: ['t0'] }), Buffer.from('more')])
    bytes.writeInt16BE(9, 0)
    expect(decodeSubscription(bytes).topics).toEqual(['t0'])
  })

  it('takes no bytes for an assignment of nothing', () => {
    expect(decodeAssignment(Buffer.alloc(0)).partitions).toEqual(new Map())
    const partitions = new Map([['t0', [3, 1]]])
    expect(decodeAssignment(encodeAssignment({ partitions })).partitions).toEqual(partitions)
  })

  it('refuses bytes that are cut off, whatever they are', () => {
    const bytes = encodeSubscription({ topics: ['t0', 'ü'], ownedPartitions: owned, generation: 4 })
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeSubscription(bytes.subarray(0, end))).toThrow(
        expect.objectContaining({ code: 'ERR_CORRUPT_RECORD' }),
      )
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          decodeSubscription(Buffer.from(noise))
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_CORRUPT_RECORD' })
        }
      }),
    )
  })
})
