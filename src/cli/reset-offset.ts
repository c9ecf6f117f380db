import { DuramenError } from '../errors.js'
import { checkedOffset } from './start-offset.js'
import type { PartitionEnds } from './store/store.js'

/** The options that say where to. */
export const targetNames = ['to-earliest', 'to-latest', 'to-offset', 'to-time', 'shift-by'] as const

/** Where the offsets of a group are to go; `value` where the option has one. */
export interface Target {
  readonly name: (typeof targetNames)[number]
  readonly value: number
}

/**
 * The offset to commit for a partition of which `before` is committed.
 *
 * @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE`; `ERR_NO_OFFSET` where there is nothing to shift
 */
export async function resetOffset(
  log: PartitionEnds,
  before: number | null,
  { name, value }: Target,
): Promise<number> {
  const { logStartOffset: start, highWatermark: end } = log
  switch (name) {
    case 'to-earliest':
      return start
    case 'to-latest':
      return end
    case 'to-offset':
      return checkedOffset(log, value)
    case 'to-time':
      return (await log.offsetForTimestamp(value))?.offset ?? end
    case 'shift-by':
      return Math.min(Math.max(committed(log, before) + value, start), end)
  }
}

function committed({ topic, partition }: PartitionEnds, before: number | null): number {
  if (before !== null) return before
  throw new DuramenError(
    'ERR_NO_OFFSET',
    `nothing is committed for partition ${partition} of ${topic} that could be shifted; use --to-offset or its like`,
    { topic, partition },
  )
}
