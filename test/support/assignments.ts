import {
  type AssignedPartitions,
  type Assignor,
  assignors,
  type Subscriber,
} from '../../src/group/index.js'

export const range = assignors.get('range')!
export const roundRobin = assignors.get('roundrobin')!
export const sticky = assignors.get('sticky')!
export const cooperative = assignors.get('cooperative-sticky')!

export type Owned = ReadonlyMap<string, readonly number[]>

export function subscriber(
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
export function withOwned(
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

export const shown = (assignment: Map<string, AssignedPartitions>) =>
  Object.fromEntries(
    [...assignment].map(([id, partitions]) => [id, Object.fromEntries(partitions)]),
  )

export const flat = (partitions: Owned) =>
  [...partitions].flatMap(([topic, numbers]) => numbers.map((number) => `${topic}-${number}`))

export const sizeOf = (partitions: Owned | undefined) =>
  partitions === undefined ? 0 : flat(partitions).length

export const counts = (...each: number[]) => new Map(each.map((count, i) => [`t${i}`, count]))
