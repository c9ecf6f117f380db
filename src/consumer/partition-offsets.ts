import type { OffsetAndTimestamp, PartitionLog } from '../log/index.js'
import type { TopicPartition, TopicPartitionOffset } from './assigned-partitions.js'

/** A partition, and a time to look for there: milliseconds since the epoch. */
export interface TopicPartitionTime extends TopicPartition {
  readonly timestamp: number
}

/** The record that was found: its offset, and its own timestamp. */
export type TopicPartitionTimestamp = TopicPartition & OffsetAndTimestamp

type Open = ({ topic, partition }: TopicPartition) => Promise<PartitionLog>

/** What `at` says of the log of each. @throws DuramenError what opening it throws */
export function offsetsOf(
  open: Open,
  partitions: readonly TopicPartition[],
  at: (log: PartitionLog) => number,
): Promise<TopicPartitionOffset[]> {
  return Promise.all(
    partitions.map(async ({ topic, partition }) => {
      const log = await open({ topic, partition })
      return { topic, partition, offset: at(log) }
    }),
  )
}

/** @throws DuramenError what opening and `PartitionLog.offsetForTimestamp` throw */
export async function offsetsForTimes(
  open: Open,
  times: readonly TopicPartitionTime[],
): Promise<TopicPartitionTimestamp[]> {
  const found = await Promise.all(
    times.map(async ({ topic, partition, timestamp }) => {
      const log = await open({ topic, partition })
      const first = await log.offsetForTimestamp(timestamp)
      return first === null ? [] : [{ topic, partition, ...first }]
    }),
  )
  return found.flat()
}
