import { type Codec, codecByName, compressions } from '../compression/index.js'
import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'
import { type BatchOptions, batchOptions } from './batch-options.js'
import { crc32c } from './crc32c.js'
import * as layout from './layout.js'
import { batchHeaderSize, maxBatchSize, writeInt64 } from './layout.js'
import {
  type Bytes,
  checkedBytes,
  fieldSize,
  headerFields,
  lengthOf,
  type RecordInput,
  writeBytes,
} from './record-input.js'
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint.js'

const initialCapacity = 16 * 1024
const noHeaders: readonly Bytes[] = []
// One below what a number holds, so that its distance from -1 is exact too.
const largestTimestamp = Number.MAX_SAFE_INTEGER - 1

/**
 * Encodes records into a batch as they come, in memory that it keeps and reuses. Append, build, use
 * the bytes, reset.
 */
export class BatchBuilder {
  #options: BatchOptions
  #attributes: number
  #staging = Buffer.allocUnsafeSlow(initialCapacity)
  #compressed = Buffer.allocUnsafeSlow(0)
  #memory: Buffer = this.#staging
  #view: DataView = new DataView(this.#memory.buffer)
  #at = batchHeaderSize
  #count = 0
  #baseTimestamp = 0
  #maxTimestamp = -1

  /** @throws DuramenError `ERR_INVALID_OPTION` */
  constructor(options: Partial<BatchOptions> = {}) {
    this.#options = batchOptions(options)
    this.#attributes = attributesOf(this.#options)
  }

  /** Records appended since the last reset. */
  get count(): number {
    return this.#count
  }

  /** What the batch takes so far, header included, before compression. */
  get sizeInBytes(): number {
    return this.#at
  }

  /**
   * Encodes one record behind the others; its bytes are copied. A record that is refused leaves the
   * batch as it was.
   *
   * @param now timestamp of a record that has none, ms since the epoch. Default: the clock, which
   * takes as long to read as the rest of an append: give it where many records come at once.
   * @param limit bytes that the batch may take before compression
   * @returns false, and the batch is as it was, where it would take more than `limit`
   * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_BATCH_TOO_LARGE`
   */
  append(record: RecordInput, now?: number, limit?: number): boolean {
    if (typeof record !== 'object' || record === null) throw notARecord(record)
    const key = checkedBytes(record.key, 'key')
    const value = checkedBytes(record.value, 'value')
    const headers = record.headers ? headerFields(record.headers) : noHeaders
    const timestamp = checkedTimestamp(record.timestamp ?? now ?? Date.now())
    const offsetDelta = this.#count
    if (offsetDelta === 0) this.#baseTimestamp = this.#options.deleteHorizonMs ?? timestamp
    const timestampDelta = timestamp - this.#baseTimestamp

    const keyLength = lengthOf(key)
    const valueLength = lengthOf(value)
    const bodySize =
      1 +
      varlongSize(timestampDelta) +
      varintSize(offsetDelta) +
      fieldSize(keyLength) +
      fieldSize(valueLength) +
      (headers.length === 0 ? 1 : headersSize(headers))
    const end = this.#at + varintSize(bodySize) + bodySize
    if (limit !== undefined && end > limit) return false
    if (end > this.#staging.length) this.#grow(end)

    const bytes = this.#staging
    let at = writeVarint(bytes, this.#at, bodySize)
    bytes[at++] = 0
    at = writeVarlong(bytes, at, timestampDelta)
    at = writeVarint(bytes, at, offsetDelta)
    at = writeVarint(bytes, at, keyLength)
    if (key !== null) at = writeBytes(bytes, at, key, keyLength)
    at = writeVarint(bytes, at, valueLength)
    if (value !== null) at = writeBytes(bytes, at, value, valueLength)
    if (headers.length === 0) bytes[at] = 0
    else writeHeaders(bytes, at, headers)

    this.#at = end
    this.#count = offsetDelta + 1
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    return true
  }

  #grow(needed: number): void {
    if (needed > maxBatchSize) {
      throw new DuramenError(
        'ERR_BATCH_TOO_LARGE',
        `with this record the batch would take ${needed} bytes, and ${maxBatchSize} is the most: ` +
          'build it first, and start another',
      )
    }
    const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.#at * 2), maxBatchSize))
    larger.set(this.#staging.subarray(0, this.#at))
    this.#staging = larger
  }

  /**
   * The batch as bytes: a view of memory that the next `append`, `build` or `reset` changes.
   *
   * @throws DuramenError `ERR_INVALID_ARGUMENT` where there is no record
   */
  build(): Buffer {
    return this.#sealed(this.finish())
  }

  /** As `build`, but compresses on the thread pool; until it resolves nothing else may be called. */
  async buildAsync(): Promise<Buffer> {
    return this.#sealed(await this.finishAsync())
  }

  #sealed(size: number): Buffer {
    const batch = this.memory.subarray(0, size)
    this.#view.setUint32(layout.crcAt, crc32c(batch, layout.crcCoversFrom))
    return batch
  }

  /**
   * As `build`, but leaves the CRC 0, for a log that computes it while it appends, and makes no
   * object: the batch is the first bytes of `memory`, as many as are returned.
   *
   * @throws DuramenError `ERR_INVALID_ARGUMENT` where there is no record
   */
  finish(): number {
    this.#checkNotEmpty()
    const { compression, compressionLevel } = this.#options
    if (compression === 'none') return this.#finishIn(this.#staging, this.#at)
    return this.#finishCompressed(this.#codec.compress(this.#records, compressionLevel))
  }

  /** As `finish`, but compresses on the thread pool; until it resolves nothing else may be called. */
  async finishAsync(): Promise<number> {
    this.#checkNotEmpty()
    const { compression, compressionLevel } = this.#options
    if (compression === 'none') return this.finish()
    const codec = this.#codec
    const work = () => codec.compressAsync(this.#records, compressionLevel)
    return this.#finishCompressed(await compressions.run(work))
  }

  #checkNotEmpty(): void {
    if (this.#count > 0) return
    throw new DuramenError('ERR_INVALID_ARGUMENT', 'the batch is empty: append a record first')
  }

  /** Where the batch stands after `finish`. */
  get memory(): Buffer {
    return this.#memory
  }

  get #codec(): Codec {
    return codecByName(this.#options.compression)
  }

  get #records(): Buffer {
    return this.#staging.subarray(batchHeaderSize, this.#at)
  }

  #finishCompressed(compressed: Buffer): number {
    const size = batchHeaderSize + compressed.length
    if (size > this.#compressed.length) this.#compressed = Buffer.allocUnsafeSlow(size)
    this.#compressed.set(compressed, batchHeaderSize)
    return this.#finishIn(this.#compressed, size)
  }

  #finishIn(memory: Buffer, size: number): number {
    this.#setMemory(memory)
    this.#writeHeader(size)
    return size
  }

  /**
   * Says in the batch that `finish` has left in `memory` who sent it, once its turn has come. The CRC
   * stays the log's to compute.
   */
  stamp(producerId: number, producerEpoch: number, baseSequence: number): void {
    writeInt64(this.#view, layout.producerIdAt, producerId)
    this.#view.setInt16(layout.producerEpochAt, producerEpoch)
    this.#view.setInt32(layout.baseSequenceAt, baseSequence)
  }

  #setMemory(memory: Buffer): void {
    if (this.#memory === memory) return
    this.#memory = memory
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  }

  #writeHeader(size: number): void {
    const options = this.#options
    const view = this.#view
    writeInt64(view, layout.baseOffsetAt, options.baseOffset)
    view.setInt32(layout.batchLengthAt, size - layout.lengthCountsFrom)
    view.setInt32(layout.leaderEpochAt, options.partitionLeaderEpoch)
    view.setInt8(layout.magicAt, layout.currentMagic)
    view.setUint32(layout.crcAt, 0)
    view.setInt16(layout.attributesAt, this.#attributes)
    view.setInt32(layout.lastOffsetDeltaAt, this.#count - 1)
    writeInt64(view, layout.baseTimestampAt, this.#baseTimestamp)
    writeInt64(view, layout.maxTimestampAt, this.#maxTimestamp)
    writeInt64(view, layout.producerIdAt, options.producerId)
    view.setInt16(layout.producerEpochAt, options.producerEpoch)
    view.setInt32(layout.baseSequenceAt, options.baseSequence)
    view.setInt32(layout.recordCountAt, this.#count)
  }

  /**
   * Empties the batch for the next one; its memory stays. Options that are given replace those that
   * held so far, for this batch and the following ones.
   *
   * @throws DuramenError `ERR_INVALID_OPTION`
   */
  reset(options?: Partial<BatchOptions>): this {
    if (options !== undefined) {
      if (typeof options !== 'object' || options === null) batchOptions(options) // Refuses it.
      this.#options = batchOptions({ ...this.#options, ...options })
      this.#attributes = attributesOf(this.#options)
    }
    this.#at = batchHeaderSize
    this.#count = 0
    this.#maxTimestamp = -1
    return this
  }
}

function notARecord(record: unknown): DuramenError {
  return new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `the record is ${shown(record)}: give an object with key and value`,
  )
}

function checkedTimestamp(timestamp: number): number {
  if (Number.isInteger(timestamp) && timestamp >= -1 && timestamp <= largestTimestamp) {
    return timestamp
  }
  throw new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `the timestamp is ${shown(timestamp)}: give whole milliseconds since the epoch, or -1 for none`,
  )
}

function headersSize(fields: readonly Bytes[]): number {
  let size = varintSize(fields.length / 2)
  for (const field of fields) size += fieldSize(lengthOf(field))
  return size
}

function writeHeaders(bytes: Buffer, start: number, fields: readonly Bytes[]): void {
  let at = writeVarint(bytes, start, fields.length / 2)
  for (const field of fields) {
    const length = lengthOf(field)
    at = writeVarint(bytes, at, length)
    if (field !== null) at = writeBytes(bytes, at, field, length)
  }
}

function attributesOf(options: BatchOptions): number {
  return (
    codecByName(options.compression).id |
    (options.timestampType === 'LogAppendTime' ? layout.logAppendTimeBit : 0) |
    (options.isTransactional ? layout.transactionalBit : 0) |
    (options.isControl ? layout.controlBit : 0) |
    (options.deleteHorizonMs === undefined ? 0 : layout.deleteHorizonBit)
  )
}
