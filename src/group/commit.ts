import type { GroupOptions } from '../config/group-config.js'
import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'
import type { Group } from './group.js'
import type { Member } from './member.js'
import type { CommittedOffset } from './offset-record.js'
import { rebalancing, refusal, unknownMember } from './refusals.js'
import type {
  CommitRequest,
  FetchedOffset,
  OffsetToCommit,
  PartitionResult,
  TopicPartition,
} from './requests.js'

/**
 * Whether the committer may: a member in the current generation, which is returned, or somebody from
 * outside while the group is empty.
 *
 * @throws DuramenError `ERR_UNKNOWN_MEMBER_ID`, `ERR_FENCED_INSTANCE_ID`, `ERR_ILLEGAL_GENERATION`,
 * `ERR_REBALANCE_IN_PROGRESS`
 */
export function checkCommit(group: Group, request: CommitRequest): Member | undefined {
  const { groupId, memberId = '', groupInstanceId = null, generation = -1 } = request
  const isEmpty = group.state === 'Empty'
  if (generation < 0 && isEmpty) return undefined
  if (generation < 0 && memberId === '' && groupInstanceId === null) {
    throw unknownMember(groupId, memberId)
  }
  const member = group.member(memberId, groupInstanceId)
  group.checkGeneration(generation)
  // Its generation has begun, but what it holds is not known yet.
  if (group.state === 'CompletingRebalance') throw rebalancing(groupId)
  return member
}

const noOffset = { offset: -1, leaderEpoch: -1, metadata: '' }

/** What is committed, as it is answered: offset -1 where nothing is. */
export function fetchedOffset(
  topic: string,
  partition: number,
  { offset, leaderEpoch, metadata }: typeof noOffset = noOffset,
): FetchedOffset {
  return { topic, partition, offset, leaderEpoch, metadata }
}

/**
 * What can be committed, and the result of each partition.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`
 */
export function checkedOffsets(
  { groupId, offsets, retentionMs = -1 }: CommitRequest,
  { offsetMetadataMaxBytes }: GroupOptions,
): [accepted: [TopicPartition, CommittedOffset][], results: PartitionResult[]] {
  const accepted: [TopicPartition, CommittedOffset][] = []
  const commitTimestamp = Date.now()
  const expireTimestamp =
    retentionMs < 0 ? -1 : Math.min(commitTimestamp + retentionMs, Number.MAX_SAFE_INTEGER)
  const results = offsets.map((one): PartitionResult => {
    checkOffset(one)
    const { topic, partition, offset, leaderEpoch = -1 } = one
    const metadata = one.metadata ?? ''
    const place = { topic, partition }
    if (metadata.length > offsetMetadataMaxBytes) {
      const message = `the metadata for ${topic}-${partition} is longer than ${offsetMetadataMaxBytes}`
      return { ...place, error: refusal('ERR_OFFSET_METADATA_TOO_LARGE', groupId, message) }
    }
    const committed = { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp }
    accepted.push([place, committed])
    return place
  })
  return [accepted, results]
}

function checkOffset({ topic, partition, offset }: OffsetToCommit): void {
  const isPlace = typeof topic === 'string' && Number.isInteger(partition) && partition >= 0
  // Clients commit -2 and -1, too, for "from the earliest" and "from the latest" (kafkajs).
  if (isPlace && Number.isSafeInteger(offset)) return
  throw new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `offset ${shown(offset)} of partition ${shown(partition)} of ${shown(topic)} cannot be committed: ` +
      'give a topic, a partition from 0 on and a whole number',
  )
}
