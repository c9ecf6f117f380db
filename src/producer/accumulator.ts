import { DuramenError } from '../errors.js'
import type { Appended, PartitionLog } from '../log/index.js'
import { BatchBuilder, type RecordInput } from '../record/index.js'
import type { Memory } from './memory.js'
import { PartitionSequence, type ProducerIdentity } from './producer-identity.js'
import type { ProducerOptions } from './producer-options.js'

/** Where a record has come to stand. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  /** -1 with `acks: 0`. */
  readonly offset: number
}

/** Who waits for records to be acknowledged, each of which it knows by an index. */
export interface Sender {
  /** Those from `index` on, `count` of them, stand behind each other from `offset` on. */
  readonly stored: (log: PartitionLog, offset: number, index: number, count: number) => void
  readonly reject: (reason: unknown) => void
}

/** Records of a sender that stand behind each other in a batch, in the order of their indexes. */
interface Run {
  readonly sender: Sender
  /** Of the first: in the batch, and with the sender. */
  readonly from: number
  readonly index: number
  count: number
}

/** What the accumulators of a producer share. */
export interface Shared {
  readonly options: ProducerOptions<never, never>
  readonly memory: Memory
  /** Absent where the producer is not idempotent. */
  readonly identity?: ProducerIdentity | undefined
  /** A batch has its first record, and is to be closed when its time has come. */
  readonly opened: (accumulator: Accumulator) => void
  /** A batch is closed, whose records take so many bytes. */
  readonly sent: (accumulator: Accumulator, bytes: number) => void
  /** Records for which nobody waits have failed. */
  readonly failed: (error: unknown, accumulator: Accumulator) => void
}

interface Batch {
  readonly builder: BatchBuilder
  /** Of records that somebody waits for. */
  readonly runs: Run[]
  /** Records, once it is closed: the builder is used again. */
  count: number
  /** Bytes taken of the memory. */
  bytes: number
  /** It is being compressed on the thread pool; */
  isCompressing: boolean
  /** and then takes so many bytes. */
  size: number | undefined
  /** Whether it is acknowledged, or has failed. */
  isSettled: boolean
  /** To be told of that. */
  settled: (() => void) | undefined
}

// Below it, compressing on the event loop takes less than the way to the thread pool and back.
const asyncCompressionBytes = 8 * 1024

/**
 * The records of one partition, encoded as they come, on their way to the log. Batches are appended
 * in the order in which they were begun, also where they are compressed on the thread pool.
 */
export class Accumulator {
  readonly log: PartitionLog
  readonly #shared: Shared
  /** Bytes from which on a batch is closed, and which only a record by itself may pass. */
  readonly #limit: number
  readonly #spare: BatchBuilder[] = []
  #open: Batch | undefined
  readonly #sequence: PartitionSequence | undefined
  /** Those that are not appended yet, in their order. */
  readonly #closed: Batch[] = []
  readonly #unacknowledged = new Set<Promise<void>>()

  constructor(log: PartitionLog, shared: Shared) {
    this.log = log
    this.#shared = shared
    const { batchSize, maxRequestSize } = shared.options
    this.#limit = Math.min(batchSize, maxRequestSize, log.options.maxMessageBytes)
    const { identity } = shared
    this.#sequence = identity && new PartitionSequence(identity, log)
  }

  /**
   * Encodes a record behind those before it. Its bytes are copied.
   *
   * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_RECORD_TOO_LARGE`
   */
  add(record: RecordInput, now: number, sender?: Sender, index = 0): void {
    let batch = this.#open ?? this.#begin()
    let before = batch.builder.sizeInBytes
    if (batch.builder.count === 0 || !batch.builder.append(record, now, this.#limit)) {
      this.close()
      batch = this.#open ?? this.#begin()
      before = 0
      const { maxRequestSize } = this.#shared.options
      if (!batch.builder.append(record, now, maxRequestSize)) throw tooLarge(maxRequestSize)
      this.#shared.opened(this)
    }
    const size = batch.builder.sizeInBytes
    batch.bytes += size - before
    this.#shared.memory.take(size - before)
    if (sender !== undefined) enlist(batch, sender, index)
    if (size >= this.#limit) this.close()
  }

  #begin(): Batch {
    const { compression, compressionLevel } = this.#shared.options
    const builder =
      this.#spare.pop()?.reset() ?? new BatchBuilder({ compression, compressionLevel })
    this.#open = {
      builder,
      runs: [],
      count: 0,
      bytes: 0,
      isCompressing: false,
      size: undefined,
      isSettled: false,
      settled: undefined,
    }
    return this.#open
  }

  /** Appends what has been added so far. */
  close(): void {
    const batch = this.#open
    if (batch === undefined || batch.builder.count === 0) return
    this.#open = undefined
    batch.count = batch.builder.count
    this.#shared.sent(this, batch.bytes)
    const { compression } = this.#shared.options
    this.#closed.push(batch)
    if (compression !== 'none' && batch.builder.sizeInBytes >= asyncCompressionBytes) {
      void this.#compress(batch)
    } else {
      this.#appendInTurn()
    }
    if (!batch.isSettled) this.#watch(batch)
  }

  /** On the thread pool. Where that fails it is tried again when its turn has come, and says why. */
  async #compress(batch: Batch): Promise<void> {
    batch.isCompressing = true
    batch.size = await batch.builder.finishAsync().catch(() => undefined)
    batch.isCompressing = false
    this.#appendInTurn()
  }

  #appendInTurn(): void {
    const { identity } = this.#shared
    if (identity === undefined || identity.id !== undefined) this.#appendClosed()
    else void identity.acquire().then(() => this.#appendClosed())
  }

  // All whose turn has come, at once: with a promise for each, others would come faster than they go.
  #appendClosed(): void {
    for (let first = this.#closed[0]; first && !first.isCompressing; first = this.#closed[0]) {
      this.#closed.shift()
      this.#settle(first)
    }
  }

  #append({ builder, count, size }: Batch): Appended | Promise<Appended> {
    const { acks } = this.#shared.options
    const bytes = size ?? builder.finish()
    const append = () => this.log.appendBatch(builder, bytes, acks === 'all' ? undefined : 'os')
    return this.#sequence === undefined ? append() : this.#sequence.append(builder, count, append)
  }

  #settle(batch: Batch): void {
    try {
      const appended = this.#append(batch)
      this.#reuse(batch.builder)
      if (!(appended instanceof Promise)) {
        this.#acknowledge(batch, appended)
        return
      }
      void appended.then(
        (result) => this.#acknowledge(batch, result),
        (error) => this.#fail(batch, error),
      )
    } catch (error) {
      this.#reuse(batch.builder)
      this.#fail(batch, error)
    }
  }

  #reuse(builder: BatchBuilder): void {
    if (this.#spare.length < 2) this.#spare.push(builder)
  }

  #acknowledge(batch: Batch, { baseOffset }: Appended): void {
    for (const { sender, from, index, count } of batch.runs) {
      sender.stored(this.log, baseOffset + from, index, count)
    }
    this.#release(batch)
  }

  #fail(batch: Batch, error: unknown): void {
    let awaited = 0
    for (const run of batch.runs) {
      run.sender.reject(error)
      awaited += run.count
    }
    this.#release(batch) // First, because who is told may throw.
    if (awaited < batch.count) this.#shared.failed(error, this)
  }

  #release(batch: Batch): void {
    batch.isSettled = true
    batch.settled?.()
    this.#shared.memory.give(batch.bytes)
  }

  #watch(batch: Batch): void {
    const settled = new Promise<void>((resolve) => {
      batch.settled = resolve
    })
    this.#unacknowledged.add(settled)
    void settled.then(() => this.#unacknowledged.delete(settled))
  }

  /** Closes the open batch, and resolves when all that was closed so far is acknowledged. */
  async flush(): Promise<void> {
    this.close()
    await Promise.all(this.#unacknowledged)
  }
}

/** Notes who waits for the last record of the batch. */
function enlist({ runs, builder }: Batch, sender: Sender, index: number): void {
  const last = runs[runs.length - 1]
  if (last?.sender === sender && last.index + last.count === index) last.count++
  else runs.push({ sender, from: builder.count - 1, index, count: 1 })
}

function tooLarge(limit: number): DuramenError {
  return new DuramenError(
    'ERR_RECORD_TOO_LARGE',
    `the record takes more than maxRequestSize, ${limit} bytes; raise that, or split the record`,
  )
}
