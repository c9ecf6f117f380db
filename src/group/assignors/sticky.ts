import { WireReader, WireWriter } from '../../wire/index.js'
import { readPartitions, type TopicPartitions, writePartitions } from '../consumer-protocol.js'
import type { Assignor, Subscriber } from './assignor.js'
import { Balance } from './balance.js'

/**
 * As even as subscriptions allow, with as few moves as possible. Members give everything up before
 * they join, so that what they had comes with their user data.
 */
export const stickyAssignor: Assignor = {
  name: 'sticky',
  rebalance: 'eager',
  userData(owned, generation) {
    return writePartitions(new WireWriter(), owned).int32(generation).end()
  },
  assign(partitionCounts, subscribers) {
    return new Balance(partitionCounts, subscribers.map(withUserData)).settle()
  },
}

function withUserData(subscriber: Subscriber): Subscriber {
  return { ...subscriber, ...owned(subscriber.userData) }
}

/** What a member had, and in which generation; the first version did not say that. */
function owned(userData: Buffer | null): {
  ownedPartitions: TopicPartitions
  generation: number
} {
  const nothing = { ownedPartitions: new Map(), generation: -1 }
  if (userData === null || userData.length === 0) return nothing
  try {
    const reader = new WireReader(userData)
    const ownedPartitions = readPartitions(reader)
    return { ownedPartitions, generation: reader.isAtEnd ? -1 : reader.int32() }
  } catch {
    // A foreign client's, in a form of its own: the member counts as new.
    return nothing
  }
}
