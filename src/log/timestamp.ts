import { DuramenError } from '../errors.js'
import { RecordBatch } from '../record/index.js'
import type { LogView } from './log-view.js'
import type { ReadableLog } from './readable-log.js'

export interface OffsetAndTimestamp {
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  /** -1 where it is not known. */
  readonly leaderEpoch: number
}

/** @throws DuramenError `ERR_INVALID_ARGUMENT` */
export function checkTimestamp(timestamp: number): void {
  if (Number.isSafeInteger(timestamp)) return
  throw new DuramenError('ERR_INVALID_ARGUMENT', 'the timestamp must be whole milliseconds')
}

/**
 * The first record at or after `timestamp`, from the first batch whose largest timestamp reaches it.
 * Compaction may have taken the record that gave a batch that timestamp: then a later batch has it.
 */
export async function findTimestamp(
  log: ReadableLog,
  first: LogView,
  timestamp: number,
): Promise<OffsetAndTimestamp | null> {
  for (let view = first; !view.isEmpty; view = await log.read(view.nextOffset)) {
    const cursor = view.cursor({ includeControl: true })
    while (cursor.next()) {
      if (cursor.timestamp < timestamp) continue
      const { offset, timestamp: found, leaderEpoch } = cursor
      return { offset, timestamp: found, leaderEpoch }
    }
  }
  return null
}

/** The record that gave the first batch of `view` its largest timestamp, which is that of the log. */
export async function findMaximum(
  log: ReadableLog,
  view: LogView,
): Promise<OffsetAndTimestamp | null> {
  if (view.isEmpty) return null
  return findTimestamp(log, view, new RecordBatch(view.bytes).maxTimestamp)
}
