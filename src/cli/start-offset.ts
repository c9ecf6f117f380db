import type { PartitionLog } from '../log/index.js'
import type { ConsumeOptions } from './consume.js'

/** Where to start reading a partition. An offset outside of it is refused when it is read. */
export async function startOffset(log: PartitionLog, options: ConsumeOptions): Promise<number> {
  const { offset, 'from-time': time } = options
  const { logStartOffset: start, highWatermark: end } = log
  if (time !== undefined) return (await log.offsetForTimestamp(time))?.offset ?? end
  if (offset === 'latest') return end
  if (offset === 'earliest' || options['from-beginning']) return start
  if (offset?.startsWith('-')) return Math.max(start, end + Number(offset))
  if (offset !== undefined) return Number(offset)
  return options.follow ? end : start
}
