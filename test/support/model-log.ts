import { DuramenError, type ErrorCode } from '../../src/errors.js'
import type {
  AppendInput,
  AppendOptions,
  Columns,
  OffsetAndTimestamp,
  PartitionLog,
  ReadOptions,
} from '../../src/log/index.js'
import { LogView } from '../../src/log/index.js'
import { BatchBuilder, crc32c, RecordBatch, type RecordInput } from '../../src/record/index.js'

/** What the native log and its model have in common. */
export type LogLike = Pick<
  PartitionLog,
  | 'append'
  | 'appendColumns'
  | 'read'
  | 'truncateTo'
  | 'deleteBefore'
  | 'offsetForTimestamp'
  | 'flush'
  | 'close'
  | 'logStartOffset'
  | 'logEndOffset'
  | 'highWatermark'
>

const topic = 'clicks'
const partition = 0

/** What a log does, as plainly as it can be said: an array of batches, and nothing on disk. */
export class ModelLog implements LogLike {
  logStartOffset = 0
  logEndOffset = 0
  #batches: RecordBatch[] = []
  #bytes = new Map<RecordBatch, Buffer>()
  #isClosed = false
  readonly #maxMessageBytes: number

  constructor(maxMessageBytes = 1_048_588) {
    this.#maxMessageBytes = maxMessageBytes
  }

  get highWatermark(): number {
    return this.logEndOffset
  }

  /** Every batch that is kept, in order, as bytes. */
  get batches(): Buffer[] {
    return this.#batches.map((batch) => this.#bytes.get(batch) as Buffer)
  }

  async append(input: AppendInput, options: AppendOptions = {}): Promise<{ baseOffset: number }> {
    this.#checkOpen()
    if (input instanceof Uint8Array) return this.#add(Buffer.from(input), options)
    const list = Array.isArray(input) ? input : [input]
    if (list[0] instanceof Uint8Array) return this.#add(Buffer.concat(list), options)
    return this.#add(encoded(list as RecordInput[], options), {})
  }

  async appendColumns(columns: Columns): Promise<{ baseOffset: number }> {
    this.#checkOpen()
    const { values, valueLengths, keys, keyLengths, timestamps, valueGap = 0 } = columns
    let valueAt = 0
    let keyAt = 0
    const count = columns.count ?? valueLengths.length
    const list = Array.from(valueLengths.subarray(0, count), (length, i) => {
      const keyLength = keyLengths?.[i] ?? -1
      const value = length < 0 ? null : values.subarray(valueAt, valueAt + length)
      const key = keyLength < 0 ? null : (keys?.subarray(keyAt, keyAt + keyLength) ?? null)
      valueAt += Math.max(length, 0) + valueGap
      keyAt += Math.max(keyLength, 0)
      return { key, value, timestamp: timestamps?.[i] ?? Date.now() }
    })
    return this.#add(encoded(list, {}), {})
  }

  #add(bytes: Buffer, { offsets = 'assign', leaderEpoch }: AppendOptions): { baseOffset: number } {
    if (bytes.length > this.#maxMessageBytes) throw refusal('ERR_BATCH_TOO_LARGE')
    if (offsets === 'assign') bytes.writeBigInt64BE(BigInt(this.logEndOffset), 0)
    const ownEpoch = offsets === 'keep' ? bytes.readInt32BE(12) : 0
    bytes.writeInt32BE(leaderEpoch ?? ownEpoch, 12)
    const batch = new RecordBatch(bytes)
    if (batch.baseOffset < this.logEndOffset) throw refusal('ERR_OFFSET_OUT_OF_RANGE')
    this.#batches.push(batch)
    this.#bytes.set(batch, bytes)
    this.logEndOffset = batch.lastOffset + 1
    return { baseOffset: batch.baseOffset }
  }

  async read(offset: number, { maxBytes = 2 ** 20 }: ReadOptions = {}): Promise<LogView> {
    this.#checkOpen()
    if (offset < this.logStartOffset || offset > this.logEndOffset) {
      throw refusal('ERR_OFFSET_OUT_OF_RANGE')
    }
    const from = this.#indexOf(offset)
    const taken: RecordBatch[] = []
    let size = 0
    for (const batch of this.#batches.slice(from)) {
      if (taken.length > 0 && size + batch.sizeInBytes > maxBytes) break
      taken.push(batch)
      size += batch.sizeInBytes
    }
    const bytes = Buffer.concat(taken.map((batch) => this.#bytes.get(batch) as Buffer))
    const baseOffset = taken[0]?.baseOffset ?? offset
    const nextOffset = (taken.at(-1)?.lastOffset ?? offset - 1) + 1
    const place = { topic, partition, fromOffset: offset, baseOffset, nextOffset }
    return new LogView(taken.length === 0 ? null : bytes, 0, size, place)
  }

  /** The batch that holds `offset`, or the next one. */
  #indexOf(offset: number): number {
    const index = this.#batches.findIndex(({ lastOffset }) => lastOffset >= offset)
    return index < 0 ? this.#batches.length : index
  }

  async truncateTo(offset: number): Promise<void> {
    this.#checkOpen()
    if (offset < this.logStartOffset || offset > this.logEndOffset) {
      throw refusal('ERR_OFFSET_OUT_OF_RANGE')
    }
    const index = this.#indexOf(offset)
    // The batch in which the log starts would go as a whole.
    if ((this.#batches[index]?.baseOffset ?? offset) < this.logStartOffset) {
      throw refusal('ERR_OFFSET_OUT_OF_RANGE')
    }
    const [first] = this.#batches.splice(index)
    this.logEndOffset = Math.min(offset, first?.baseOffset ?? offset)
  }

  /** After a cut in a gap: the real one may end anywhere up to there. */
  endInGapAt(end: number): void {
    const lowest = (this.#batches.at(-1)?.lastOffset ?? -1) + 1
    if (end < lowest || end > this.logEndOffset) return
    this.logEndOffset = end
    this.logStartOffset = Math.min(this.logStartOffset, end)
  }

  /** In a gap it may also start anywhere up to the next record. */
  startInGapAt(start: number): void {
    const next = this.#batches.find(({ lastOffset }) => lastOffset >= this.logStartOffset)
    const highest = next?.baseOffset ?? this.logEndOffset
    if (start > this.logStartOffset && start <= highest) this.logStartOffset = start
  }

  async deleteBefore(offset: number): Promise<void> {
    this.#checkOpen()
    if (offset > this.highWatermark) throw refusal('ERR_OFFSET_OUT_OF_RANGE')
    this.logStartOffset = Math.max(this.logStartOffset, offset)
  }

  async offsetForTimestamp(timestamp: number): Promise<OffsetAndTimestamp | null> {
    this.#checkOpen()
    for (const batch of this.#batches) {
      for (const record of batch) {
        const { offset, timestamp: found, leaderEpoch } = record
        if (offset < this.logStartOffset || found < timestamp) continue
        return { offset, timestamp: found, leaderEpoch }
      }
    }
    return null
  }

  async flush(): Promise<void> {
    this.#checkOpen()
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #checkOpen(): void {
    if (this.#isClosed) throw refusal('ERR_CLOSED')
  }
}

function encoded(list: readonly RecordInput[], options: AppendOptions): Buffer {
  const { offsets: _, leaderEpoch: __, ...rest } = options
  const builder = new BatchBuilder(rest)
  for (const record of list) builder.append(record)
  const bytes = Buffer.from(builder.build())
  bytes.writeUInt32BE(crc32c(bytes, 21), 17)
  return bytes
}

function refusal(code: ErrorCode): DuramenError {
  return new DuramenError(code, 'the model refuses')
}
