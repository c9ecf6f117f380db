import type { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import type { StoredGroup } from './group-record.js'
import { loadOffsets } from './offset-loader.js'
import type { CommittedPartition } from './offset-table.js'

/** A group as `__consumer_offsets` has it. */
export interface RecordedGroup {
  readonly groupId: string
  /** As of its last completed rebalance; absent where there never was a member. */
  readonly stored?: StoredGroup
  readonly offsets: readonly CommittedPartition[]
}

export interface RecordedGroups {
  /** By name. */
  readonly groups: readonly RecordedGroup[]
  /** What could not be read, and was passed over. */
  readonly skipped: readonly DuramenError[]
}

/**
 * The groups of partitions of `__consumer_offsets`, without leading them: for whoever only looks,
 * also beside an owner.
 *
 * @throws DuramenError what `PartitionLog.read` throws, but for damage; `signal.reason` when aborted
 */
export async function readGroups(
  logs: readonly PartitionLog[],
  signal: AbortSignal,
): Promise<RecordedGroups> {
  const found: RecordedGroup[] = []
  const skipped: DuramenError[] = []
  for (const log of logs) {
    const { offsets, groups, report } = await loadOffsets(log, signal)
    skipped.push(...report.skipped)
    for (const groupId of new Set([...groups.keys(), ...offsets.groupIds()])) {
      found.push({ groupId, stored: groups.get(groupId), offsets: [...offsets.of(groupId)] })
    }
  }
  return { groups: found.sort((a, b) => (a.groupId < b.groupId ? -1 : 1)), skipped }
}
