import { codecById } from '../compression/index.js'
import { checkedOptions, type Option, type OptionValues } from '../config/option.js'
import { type AbortedTransaction, isAborted } from './aborted-transaction.js'
import { checkCount, checkFrame, corrupt, locate } from './batch-frame.js'
import { BatchHeader, sequenceAfter, type TimestampType } from './batch-header.js'
import { bufferOver, checkedEnd, dataViewOf } from './buffers.js'
import { batchHeaderSize } from './layout.js'
import { type Headers, Record } from './record.js'
import { RecordReader } from './record-reader.js'
import { VarintReader } from './varint.js'

const cursorOptionTable = {
  topic: { default: '', meaning: 'Topic of the records; errors name it, too.' } as Option<string>,
  partition: {
    default: 0,
    bounds: [0, 2 ** 31 - 1],
    meaning: 'Partition of the records.',
  } as Option<number>,
  fromOffset: {
    default: 0,
    bounds: [0, Number.MAX_SAFE_INTEGER],
    meaning: 'Records below this offset are passed over.',
  } as Option<number>,
  includeControl: {
    default: false,
    meaning: 'Whether the markers that end transactions are given as well.',
  } as Option<boolean>,
  maxDecompressedBytes: {
    default: 128 * 1024 * 1024,
    bounds: [0, 2 ** 31 - 1],
    meaning: 'What one batch may take once decompressed.',
  } as Option<number>,
}

/** Each is described in the table above. */
export type RecordCursorOptions = Partial<OptionValues<typeof cursorOptionTable>>

const noBytes = new Uint8Array(0)
const noHeaders: Headers = Object.freeze([])

/**
 * Goes over the records of whole batches that stand back to back. It is one object for all of them:
 * `next()` moves it, accessors read the record on which it stands, and nothing is allocated unless a
 * key, a value or headers are asked for. `toRecord()` gives a record to keep.
 *
 * Batches are checked for structure as they are entered and records as they are reached, so
 * accessors never throw. CRCs are the log's business, and `RecordBatch.isValid()` checks one.
 */
export class RecordCursor {
  /** Records of these are passed over. */
  abortedTransactions: readonly AbortedTransaction[] | undefined
  readonly #options: OptionValues<typeof cursorOptionTable>
  readonly #header = new BatchHeader(new DataView(noBytes.buffer), 0)
  readonly #record = new RecordReader(noBytes)
  #bytes: Uint8Array = noBytes
  #nextBatchAt = 0
  #end = 0
  #recordsLeft = 0

  // What the records of the current batch share, taken from its header once.
  #memory: ArrayBufferLike = noBytes.buffer
  #memoryAt = 0
  #baseOffset = 0
  #baseTimestamp = 0
  #logAppendTime: number | undefined
  #lastOffsetDelta = 0
  #previousDelta = -1
  #fromDelta = 0

  /** @throws DuramenError `ERR_INVALID_OPTION` */
  constructor(bytes: Uint8Array = noBytes, options: RecordCursorOptions = {}) {
    this.#options = checkedOptions(cursorOptionTable, options)
    this.reset(bytes)
  }

  /** Stands before the first record of the batches that fill `bytes` from `start` to `end`. */
  reset(bytes: Uint8Array, start = 0, end?: number): this {
    const to = checkedEnd(bytes, start, end)
    this.#bytes = bytes
    this.#header.view = dataViewOf(bytes)
    this.#nextBatchAt = start
    this.#end = to
    this.#recordsLeft = 0
    return this
  }

  /**
   * Moves to the next record; false at the end. After an error it stays at the end.
   *
   * @throws DuramenError `ERR_CORRUPT_BATCH`, `ERR_UNSUPPORTED_MAGIC`, `ERR_UNSUPPORTED_CODEC`,
   * `ERR_DECOMPRESSION_LIMIT`, each with `position`, `fromOffset` and `toOffset` of the batch
   */
  next(): boolean {
    try {
      do {
        while (this.#recordsLeft === 0) {
          if (this.#nextBatchAt >= this.#end) return false
          this.#enterBatch()
        }
        this.#nextRecord()
      } while (this.#record.offsetDelta < this.#fromDelta)
      return true
    } catch (fault) {
      const end = this.#end
      this.#recordsLeft = 0
      this.#nextBatchAt = end
      throw locate(fault, this.#header, end, this.#options)
    }
  }

  #nextRecord(): void {
    const record = this.#record
    record.next()
    const delta = record.offsetDelta
    if (delta <= this.#previousDelta || delta > this.#lastOffsetDelta) {
      throw corrupt(`the offset delta ${delta} is out of order`)
    }
    this.#previousDelta = delta
    if (!Number.isSafeInteger(this.#baseTimestamp + record.timestampDelta)) {
      throw corrupt(`the timestamp delta ${record.timestampDelta} is out of range`)
    }
    if (--this.#recordsLeft === 0) this.#leaveBatch()
  }

  #leaveBatch(): void {
    const rest = this.#record.end - this.#record.at
    if (rest !== 0) throw corrupt(`${rest} bytes stand behind its last record`)
  }

  #enterBatch(): void {
    const header = this.#header
    header.at = this.#nextBatchAt
    checkFrame(header, this.#end)
    this.#nextBatchAt += header.sizeInBytes
    const { fromOffset, includeControl } = this.#options
    if (header.lastOffset < fromOffset || (header.isControl && !includeControl)) return
    const aborted = this.abortedTransactions
    if (aborted !== undefined && isAborted(header, aborted)) return
    this.#baseOffset = header.baseOffset
    this.#baseTimestamp = header.baseTimestamp
    this.#logAppendTime = header.timestampType === 'LogAppendTime' ? header.maxTimestamp : undefined
    this.#lastOffsetDelta = header.lastOffsetDelta
    this.#previousDelta = -1
    this.#fromDelta = Math.max(fromOffset - this.#baseOffset, 0)
    this.#openRecords()
    this.#recordsLeft = header.recordCount
    if (this.#recordsLeft === 0) this.#leaveBatch()
  }

  #openRecords(): void {
    const header = this.#header
    const record = this.#record
    record.bytes = this.#bytes
    record.at = header.at + batchHeaderSize
    record.end = this.#nextBatchAt
    if (header.codecId !== 0) {
      const compressed = this.#bytes.subarray(record.at, record.end)
      record.bytes = codecById(header.codecId).decompress(
        compressed,
        this.#options.maxDecompressedBytes,
      )
      record.at = 0
      record.end = record.bytes.length
      checkCount(header.recordCount, record.end)
    }
    this.#memory = record.bytes.buffer
    this.#memoryAt = record.bytes.byteOffset
  }

  get offset(): number {
    return this.#baseOffset + this.#record.offsetDelta
  }

  /** Milliseconds since the epoch. */
  get timestamp(): number {
    return this.#logAppendTime ?? this.#baseTimestamp + this.#record.timestampDelta
  }

  get timestampType(): TimestampType {
    return this.#logAppendTime === undefined ? 'CreateTime' : 'LogAppendTime'
  }

  get leaderEpoch(): number {
    return this.#header.partitionLeaderEpoch
  }

  /** Bytes of the key; -1 for null. */
  get keyLength(): number {
    return this.#record.keyLength
  }

  /** Bytes of the value; -1 for null. */
  get valueLength(): number {
    return this.#record.valueLength
  }

  /** A new view each time it is asked for, like `value`. */
  get key(): Buffer | null {
    return this.#buffer(this.#record.keyAt, this.#record.keyLength)
  }

  get value(): Buffer | null {
    return this.#buffer(this.#record.valueAt, this.#record.valueLength)
  }

  get headers(): Headers {
    const { headerCount, headersAt, bytes, end } = this.#record
    if (headerCount === 0) return noHeaders
    const reader = new VarintReader(bytes, headersAt, end)
    const headers: [string, Buffer | null][] = []
    for (let i = 0; i < headerCount; i++) {
      const name = this.#take(reader)?.toString() ?? ''
      headers.push([name, this.#take(reader)])
    }
    return headers
  }

  #take(reader: VarintReader): Buffer | null {
    const length = reader.varint()
    const bytes = this.#buffer(reader.at, length)
    if (length > 0) reader.at += length
    return bytes
  }

  #buffer(at: number, length: number): Buffer | null {
    return length < 0 ? null : bufferOver(this.#memory, this.#memoryAt + at, length)
  }

  /** The header of the batch in which the record stands; it moves on with the cursor. */
  get batch(): BatchHeader {
    return this.#header
  }

  /** The producer's sequence number of the record; -1 where the producer is not idempotent. */
  get sequence(): number {
    const { baseSequence } = this.#header
    return baseSequence < 0 ? -1 : sequenceAfter(baseSequence, this.#record.offsetDelta)
  }

  /** The record as an object that stays as it is when the cursor moves. */
  toRecord(): Record {
    const { topic, partition } = this.#options
    return new Record({
      topic,
      partition,
      offset: this.offset,
      timestamp: this.timestamp,
      timestampType: this.timestampType,
      leaderEpoch: this.leaderEpoch,
      key: this.key,
      value: this.value,
      headers: this.headers,
    })
  }
}
