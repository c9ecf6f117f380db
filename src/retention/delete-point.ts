import type { PartitionLog } from '../log/index.js'
import { type SegmentFile, segmentFiles } from '../log/segment-files.js'

/** The options of a topic that say what is kept. */
export interface RetentionPolicy {
  /** -1: for ever. */
  readonly retentionMs: number
  /** Of a partition; -1: without end. */
  readonly retentionBytes: number
}

/**
 * Up to which offset a log may be deleted, by whole segments as Kafka does: those whose records are
 * all older than `retentionMs`, and the first ones as long as without them there are still
 * `retentionBytes`. A log of which everything is too old may go as a whole.
 *
 * @param now ms since the epoch
 */
export async function deletePoint(
  log: PartitionLog,
  policy: RetentionPolicy,
  now: number,
): Promise<number> {
  const segments = await segmentFiles(log.directory)
  return Math.max(await byTime(log, segments, policy, now), bySize(log, segments, policy))
}

async function byTime(
  log: PartitionLog,
  segments: readonly SegmentFile[],
  { retentionMs }: RetentionPolicy,
  now: number,
): Promise<number> {
  if (retentionMs < 0 || log.logStartOffset === log.highWatermark) return 0
  const cutoff = Math.max(now - retentionMs, 0)
  const kept = (await log.offsetForTimestamp(cutoff))?.offset ?? log.highWatermark
  let point = 0
  for (const [i, segment] of segments.entries()) {
    const end = segments[i + 1]?.baseOffset ?? log.highWatermark
    if (end > kept || !(await isDated(log, segment, cutoff))) break
    point = end
  }
  return point
}

/**
 * Whether the segment's age is known to be that of its records, or above the cutoff all the same:
 * records may come without a timestamp, and are then as old as the file, as Kafka takes them.
 */
async function isDated(log: PartitionLog, segment: SegmentFile, cutoff: number): Promise<boolean> {
  if (segment.modifiedMs < cutoff) return true
  const from = Math.max(segment.baseOffset, log.logStartOffset)
  const cursor = (await log.read(from, { maxBytes: 1 })).cursor({ includeControl: true })
  return cursor.next() && cursor.timestamp >= 0
}

function bySize(
  log: PartitionLog,
  segments: readonly SegmentFile[],
  { retentionBytes }: RetentionPolicy,
): number {
  if (retentionBytes < 0) return 0
  let excess = log.info.logBytes - retentionBytes
  let point = 0
  for (const [i, { sizeInBytes }] of segments.entries()) {
    const next = segments[i + 1]
    excess -= sizeInBytes
    if (next === undefined || excess < 0) break
    point = next.baseOffset
  }
  return Math.min(point, log.highWatermark)
}

/**
 * Whether there may be something to delete in a log that is not open. Its files tell the time at which
 * it was written, so records that were older than that already wait until the file is as old.
 */
export async function mayHaveExpired(
  directory: string,
  { retentionMs, retentionBytes }: RetentionPolicy,
  now: number,
): Promise<boolean> {
  const segments = await segmentFiles(directory)
  const [oldest] = segments
  if (oldest === undefined || oldest.sizeInBytes === 0) return false
  const total = segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0)
  const isTooOld = retentionMs >= 0 && oldest.modifiedMs < now - retentionMs
  return isTooOld || (retentionBytes >= 0 && segments.length > 1 && total > retentionBytes)
}
