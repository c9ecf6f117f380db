import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AssignedPartitions,
  type Assignor,
  assignors,
  type Subscriber,
} from '../../src/group/index.js'
import {
  cooperative,
  counts,
  flat,
  roundRobin,
  shown,
  sizeOf,
  sticky,
  subscriber,
  withOwned,
} from '../support/assignments.js'

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
