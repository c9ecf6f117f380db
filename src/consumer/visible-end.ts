import type { PartitionLog } from '../log/index.js'
import type { ConsumerOptions } from './consumer-options.js'

/** Where a log ends for a consumer: by its isolation level, what is committed, or what is stored. */
export function visibleEnd(
  log: PartitionLog,
  { isolationLevel }: Pick<ConsumerOptions, 'isolationLevel'>,
): number {
  return isolationLevel === 'read_committed' ? log.lastStableOffset : log.highWatermark
}
