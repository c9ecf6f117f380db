import type { GroupOptions } from '../config/group-config.js'
import type { Group } from './group.js'
import type { OffsetPartition } from './offset-partition.js'
import type { CommittedOffset } from './offset-record.js'
import type { TopicPartition } from './requests.js'

/** What of a group has expired by `now`, as Kafka reckons it. */
export function expiredOffsets(
  group: Group,
  { offsets }: OffsetPartition,
  options: GroupOptions,
  now: number,
): TopicPartition[] {
  const retentionMs = options.offsetsRetentionMinutes * 60_000
  const expired: TopicPartition[] = []
  for (const [topic, partition, committed] of offsets.of(group.groupId)) {
    const since = countsFrom(group, topic, committed)
    if (since === undefined) continue
    const { expireTimestamp } = committed
    const until = expireTimestamp >= 0 ? expireTimestamp : since + retentionMs
    if (now >= until) expired.push({ topic, partition })
  }
  return expired
}

/** From when its time counts; undefined while somebody may need it. */
function countsFrom(group: Group, topic: string, committed: CommittedOffset): number | undefined {
  const sinceCommit = committed.commitTimestamp
  // Nobody ever joined: the offsets of a consumer that assigns itself.
  if (group.protocolType === '') return sinceCommit
  if (group.state === 'Empty') return group.stateTimestamp < 0 ? sinceCommit : group.stateTimestamp
  if (group.state === 'Stable' && group.isConsumers && !group.isSubscribedTo(topic)) {
    return sinceCommit
  }
  return undefined
}
