import { checkFrame, locate } from './batch-frame.js'
import { BatchHeader } from './batch-header.js'
import { checkedEnd, dataViewOf } from './buffers.js'
import { crc32c } from './crc32c.js'
import { crcCoversFrom } from './layout.js'
import type { Record } from './record.js'
import { RecordCursor } from './record-cursor.js'

/** One batch where it stands in memory: its header, its CRC, and its records when iterated. */
export class RecordBatch extends BatchHeader implements Iterable<Record> {
  readonly #bytes: Uint8Array

  /**
   * @param bytes memory that holds the batch
   * @param position where in `bytes` the batch starts
   * @param end where the bytes end that it may take
   * @throws DuramenError `ERR_CORRUPT_BATCH`, `ERR_UNSUPPORTED_MAGIC`
   */
  constructor(bytes: Uint8Array, position = 0, end?: number) {
    const to = checkedEnd(bytes, position, end)
    super(dataViewOf(bytes), position)
    this.#bytes = bytes
    try {
      checkFrame(this, to)
    } catch (fault) {
      throw locate(fault, this, to, {})
    }
  }

  /** Where the batch starts in the bytes that were given. */
  get position(): number {
    return this.at
  }

  /** Whether the CRC that is stored is that of the bytes. */
  isValid(): boolean {
    const end = this.at + this.sizeInBytes
    return crc32c(this.#bytes, this.at + crcCoversFrom, end) === this.crc
  }

  /** A cursor before the first record, also of a control batch. */
  cursor(): RecordCursor {
    const cursor = new RecordCursor(undefined, { includeControl: true })
    return cursor.reset(this.#bytes, this.at, this.at + this.sizeInBytes)
  }

  /** Fresh records, also of a control batch; throws what `RecordCursor.next` throws. */
  *[Symbol.iterator](): Generator<Record, void> {
    const cursor = this.cursor()
    while (cursor.next()) yield cursor.toRecord()
  }
}

/**
 * The batches that stand back to back in `bytes` from `start` to `end`.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`; `ERR_CORRUPT_BATCH` or `ERR_UNSUPPORTED_MAGIC` at the
 * batch that is not sound
 */
export function* batches(bytes: Uint8Array, start = 0, end?: number): Generator<RecordBatch, void> {
  const to = checkedEnd(bytes, start, end)
  for (let position = start; position < to; ) {
    const batch = new RecordBatch(bytes, position, to)
    yield batch
    position += batch.sizeInBytes
  }
}
