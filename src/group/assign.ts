import type { Assignor, PartitionCounts } from './assignors/index.js'
import {
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type TopicPartitions,
} from './consumer-protocol.js'
import type { GroupProtocol, JoinedMember, MemberAssignment } from './requests.js'

/** The protocol of type `consumer` with which a member joins that wants `assignor`. */
export function consumerProtocol(
  assignor: Assignor,
  topics: readonly string[],
  ownedPartitions: TopicPartitions = new Map(),
  generation = -1,
): GroupProtocol {
  const userData = assignor.userData(ownedPartitions, generation)
  const metadata = encodeSubscription({ topics, userData, ownedPartitions, generation })
  return { name: assignor.name, metadata }
}

/** The topics that the members subscribe to: what the leader has to know the partitions of. */
export function subscribedTopics(members: readonly JoinedMember[]): string[] {
  return [...new Set(members.flatMap(({ metadata }) => decodeSubscription(metadata).topics))]
}

/**
 * What the leader sends with its `sync`: the assignment of each member.
 *
 * @throws DuramenError `ERR_CORRUPT_RECORD` where a member's metadata is no subscription
 */
export function assignMembers(
  assignor: Assignor,
  members: readonly JoinedMember[],
  partitionCounts: PartitionCounts,
): MemberAssignment[] {
  const subscribers = members.map(({ memberId, groupInstanceId, metadata }) => ({
    memberId,
    groupInstanceId,
    ...decodeSubscription(metadata),
  }))
  const assignment = assignor.assign(partitionCounts, subscribers)
  return Array.from(assignment, ([memberId, partitions]) => ({
    memberId,
    assignment: encodeAssignment({ partitions }),
  }))
}
