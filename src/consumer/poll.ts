import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'
import type { Record } from '../record/index.js'
import type { Attend, Stream } from './stream.js'

/** How long to wait for the first record, and what for. */
export interface PollWait {
  readonly maxRecords: number
  /** `performance.now` when the time is over. */
  readonly until: number
  /** Gives up by then, too. */
  readonly attend: Attend
  readonly signal?: AbortSignal
}

/**
 * The records that are there, of one partition, or else the next ones.
 *
 * @throws as `Stream.next`, and `signal.reason`
 */
export async function poll(
  stream: Stream,
  { maxRecords, until, attend, signal }: PollWait,
): Promise<Record<unknown, unknown>[]> {
  stream.pass()
  for (;;) {
    signal?.throwIfAborted()
    const first = await stream.next(attend)
    if (stream.isClosed) return []
    if (first !== undefined) return [first, ...furtherRecords(stream, maxRecords - 1)]
    if (!(await stream.waitUntil(until, signal))) return []
  }
}

function furtherRecords(stream: Stream, most: number): Record<unknown, unknown>[] {
  const records: Record<unknown, unknown>[] = []
  try {
    while (records.length < most) {
      const record = stream.further()
      if (record === undefined) break
      records.push(record)
    }
  } catch {
    // What was given comes first; the next call meets it again.
  }
  return records
}

/** @throws DuramenError `ERR_INVALID_ARGUMENT` */
export function checkTimeout(ms: number): void {
  if (typeof ms === 'number' && ms >= 0) return
  const message = `timeoutMs is ${shown(ms)}; give milliseconds from 0 on, or Infinity`
  throw new DuramenError('ERR_INVALID_ARGUMENT', message)
}
