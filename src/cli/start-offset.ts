import { DuramenError } from '../errors.js'
import type { ConsumeOptions } from './consume-options.js'
import type { PartitionEnds } from './store/store.js'

/**
 * Where to start reading a partition.
 *
 * @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE` where --offset names one that lies outside of it
 */
export async function startOffset(log: PartitionEnds, options: ConsumeOptions): Promise<number> {
  const { offset, 'from-time': time } = options
  const { logStartOffset: start, highWatermark: end } = log
  if (time !== undefined) return (await log.offsetForTimestamp(time))?.offset ?? end
  if (offset === 'latest') return end
  if (offset === 'earliest' || options['from-beginning']) return start
  if (offset?.startsWith('-')) return Math.max(start, end + Number(offset))
  if (offset !== undefined) return checkedOffset(log, Number(offset))
  return options.follow ? end : start
}

/** @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE` where the partition has no such offset */
export function checkedOffset(
  log: Omit<PartitionEnds, 'offsetForTimestamp'>,
  offset: number,
): number {
  const { topic, partition, logStartOffset: start, highWatermark: end } = log
  if (offset >= start && offset <= end) return offset
  throw new DuramenError(
    'ERR_OFFSET_OUT_OF_RANGE',
    `offset ${offset} is outside of partition ${partition} of ${topic}, which begins at ${start} ` +
      `and ends before ${end}; give ${start} to ${end}, earliest, latest or -N`,
    { topic, partition },
  )
}
