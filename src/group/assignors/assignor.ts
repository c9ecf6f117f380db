import type { Subscription, TopicPartitions } from '../consumer-protocol.js'

/** A member as an assignor sees it. */
export interface Subscriber extends Required<Subscription> {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** Partitions by topic that an assignor fills in. */
export type AssignedPartitions = Map<string, number[]>

/** How many partitions each topic has; topics that do not exist are missing. */
export type PartitionCounts = ReadonlyMap<string, number>

/**
 * A way to divide the partitions of the topics among their subscribers. The same input, in whatever
 * order, gives the same assignment.
 */
export interface Assignor {
  /** Kafka's name, by which the members of a group agree on it. */
  readonly name: string
  /**
   * 'eager': members give up everything before they join. 'cooperative': they keep consuming, and
   * give up only what the assignment no longer has; then they join again.
   */
  readonly rebalance: 'eager' | 'cooperative'
  /** What a member says besides its topics and what it owns; null for nothing. */
  userData(owned: TopicPartitions, generation: number): Buffer | null
  /** For every member what it is to consume. */
  assign(
    partitionCounts: PartitionCounts,
    subscribers: readonly Subscriber[],
  ): Map<string, AssignedPartitions>
}

/** Static members first, by their names, which outlast their ids; then by id. */
export function inOrder(subscribers: readonly Subscriber[]): Subscriber[] {
  return [...subscribers].sort((a, b) => {
    const [left, right] = [a.groupInstanceId, b.groupInstanceId]
    if (left !== null && right !== null && left !== right) return left < right ? -1 : 1
    if ((left === null) !== (right === null)) return left === null ? 1 : -1
    return compare(a.memberId, b.memberId)
  })
}

/** The topics that somebody subscribes to, with their subscribers in the order that is given. */
export function byTopic(subscribers: readonly Subscriber[]): Map<string, Subscriber[]> {
  const topics = new Map<string, Subscriber[]>()
  for (const subscriber of subscribers) {
    for (const topic of new Set(subscriber.topics)) {
      const known = topics.get(topic)
      if (known === undefined) topics.set(topic, [subscriber])
      else known.push(subscriber)
    }
  }
  return new Map([...topics].sort(([a], [b]) => compare(a, b)))
}

export function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** An assignment of nothing to everybody. */
export function nothingFor(subscribers: readonly Subscriber[]): Map<string, AssignedPartitions> {
  return new Map(subscribers.map(({ memberId }) => [memberId, new Map()]))
}

export function give(
  assignment: ReadonlyMap<string, AssignedPartitions>,
  memberId: string,
  topic: string,
  partition: number,
): void {
  const partitions = assignment.get(memberId)
  const known = partitions?.get(topic)
  if (known === undefined) partitions?.set(topic, [partition])
  else known.push(partition)
}
