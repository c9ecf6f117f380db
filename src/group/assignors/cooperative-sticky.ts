import { WireReader, WireWriter } from '../../wire/index.js'
import type { AssignedPartitions, Assignor, Subscriber } from './assignor.js'
import { Balance } from './balance.js'

/**
 * As sticky, but nobody stops consuming what they keep. A partition that moves is given to nobody
 * until the member that has it has given it up, and has joined again for that.
 */
export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  rebalance: 'cooperative',
  userData: (_owned, generation) => new WireWriter().int32(generation).end(),
  assign(partitionCounts, subscribers) {
    const members = subscribers.map(withGeneration)
    return withoutMoving(new Balance(partitionCounts, members).settle(), members)
  },
}

/** Before the metadata had a field for the generation, it was the user data. */
function withGeneration(subscriber: Subscriber): Subscriber {
  const { generation, userData } = subscriber
  if (generation >= 0 || userData === null || userData.length !== 4) return subscriber
  return { ...subscriber, generation: new WireReader(userData).int32() }
}

/** Without what a member would get while another still has it. */
function withoutMoving(
  assignment: ReadonlyMap<string, AssignedPartitions>,
  subscribers: readonly Subscriber[],
): Map<string, AssignedPartitions> {
  const owned = new Set<string>()
  for (const { ownedPartitions } of subscribers) {
    for (const [topic, partitions] of ownedPartitions) {
      for (const partition of partitions) owned.add(`${topic}-${partition}`)
    }
  }
  return new Map(
    subscribers.map(({ memberId, ownedPartitions }) => {
      const kept = new Map<string, number[]>()
      for (const [topic, partitions] of assignment.get(memberId) ?? []) {
        const own = new Set(ownedPartitions.get(topic))
        const free = partitions.filter((one) => own.has(one) || !owned.has(`${topic}-${one}`))
        if (free.length > 0) kept.set(topic, free)
      }
      return [memberId, kept]
    }),
  )
}
