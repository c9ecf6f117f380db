import { DuramenError, type ErrorCode } from '../errors.js'
import type { Problems } from './problems.js'

const restart = 'stop the broker and start it again, which recovers the log'

/**
 * Faults of the store, not of who asks, with what an operator is to do, in the place of what the
 * message says to a program behind its last `; `. Null: that will do.
 */
const remedies: { readonly [Code in ErrorCode]?: string | null } = {
  ERR_ACCESS: null,
  ERR_CORRUPT_BATCH: 'restore the file, or stop the broker and run duramen repair',
  ERR_CORRUPT_CATALOG: null,
  ERR_CORRUPT_LOG: null,
  ERR_FENCED: `look after the device, then ${restart}`,
  ERR_IO: null,
  ERR_MAP_LIMIT: null,
  ERR_NO_SPACE: null,
  ERR_OUT_OF_MEMORY: null,
  ERR_READ_ONLY: null,
  ERR_SEGMENT_LOST: `find what changes the files, then ${restart}`,
  ERR_TOO_MANY_FILES: null,
}

/** They meet all partitions alike, and are told as one. */
const shared: ReadonlySet<ErrorCode> = new Set([
  'ERR_MAP_LIMIT',
  'ERR_NO_SPACE',
  'ERR_OUT_OF_MEMORY',
  'ERR_TOO_MANY_FILES',
])

/** While it lasts it is told once a minute, however many clients try however often. */
const limit = { most: 1, windowMs: 60_000 }

/**
 * Tells the operator of a fault of the store, which clients get as a number; of others nothing.
 *
 * @param place what it happened to, such as `clicks-0`, or the name of an API
 */
export function tellStorageFault(error: unknown, place: string, problems: Problems): void {
  if (!(error instanceof DuramenError)) return
  const { code } = error
  const remedy = remedies[code]
  // A batch that is in no file came from a client.
  if (remedy === undefined || (code === 'ERR_CORRUPT_BATCH' && error.path === undefined)) return
  const message = error.message.replace(/\.$/, '')
  const line = remedy === null ? message : `${message.replace(/; [^;]*$/, '')}; ${remedy}`
  const kind = shared.has(code) ? code : `${code} ${error.path ?? place}`
  problems.report(kind, `storage fault (${place}): ${line}`, undefined, limit)
}
