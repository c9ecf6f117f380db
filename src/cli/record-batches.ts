import type { CodecName } from '../compression/index.js'
import type { RecordInput } from '../record/index.js'
import type { Appender } from './appender.js'
import type { ParsedRecord } from './record-lines.js'

const headerSize = 61

interface Batch {
  records: RecordInput[]
  /** At most this many bytes once encoded. */
  size: number
}

/** Gathers records into batches, those of one partition apart from the others. */
export class RecordBatches {
  readonly #appender: Appender
  readonly #batchSize: number
  readonly #compression: CodecName
  readonly #batches = new Map<number | undefined, Batch>()

  constructor(appender: Appender, batchSize: number, compression: CodecName) {
    this.#appender = appender
    this.#batchSize = batchSize
    this.#compression = compression
  }

  /** @param size what the record takes in a batch, at the most */
  async add(parsed: ParsedRecord, size: number): Promise<void> {
    const { record } = parsed
    const target = this.#appender.partitionOf(parsed)
    let batch = this.#batches.get(target)
    if (batch !== undefined && batch.size + size > this.#batchSize) {
      this.#batches.delete(target)
      await this.#append(batch, target)
      batch = undefined
    }
    if (batch === undefined)
      this.#batches.set(target, { records: [record], size: headerSize + size })
    else {
      batch.records.push(record)
      batch.size += size
    }
  }

  /** Appends what has been gathered. */
  async flush(): Promise<void> {
    for (const [partition, batch] of this.#batches) {
      this.#batches.delete(partition)
      await this.#append(batch, partition)
    }
  }

  #append({ records }: Batch, partition: number | undefined): Promise<void> {
    const options = { compression: this.#compression }
    return this.#appender.append((log) => log.append(records, options), records.length, partition)
  }
}
