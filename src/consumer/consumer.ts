import { checkedOptions } from '../config/option.js'
import { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import type { Record } from '../record/index.js'
import { type ConsumerOptions, consumerOptions } from './consumer-options.js'
import { Fetcher } from './fetcher.js'
import { PartitionReader } from './partition-reader.js'
import { RecordLoop } from './record-loop.js'
import { RecordStream } from './record-stream.js'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number
}

/** What a consumer asks of the topics. */
export interface ConsumerTopics {
  /** @throws DuramenError `ERR_NOT_FOUND` */
  open(topic: string): Promise<readonly PartitionLog[]>
}

export interface WaitOptions {
  readonly signal?: AbortSignal
}

/**
 * Reads the records of partitions, those of a group or those that it is assigned. Made by
 * `engine.consumer()`.
 */
export class Consumer implements AsyncIterable<Record> {
  readonly options: Readonly<ConsumerOptions>
  readonly #topics: ConsumerTopics
  readonly #readers = new Map<string, PartitionReader>()
  readonly #fetcher = new Fetcher()
  readonly #stream = new RecordStream(this.#fetcher)
  #busy = false

  /** @throws DuramenError `ERR_INVALID_OPTION` */
  constructor(topics: ConsumerTopics, options: Partial<ConsumerOptions> = {}) {
    this.options = checkedOptions(consumerOptions, options)
    this.#topics = topics
  }

  /**
   * Reads these partitions and no others, each from its `offset`, or from where `autoOffsetReset`
   * says.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_CLOSED`
   */
  async assign(partitions: readonly (TopicPartition & { offset?: number })[]): Promise<void> {
    this.#checkOpen()
    const readers: PartitionReader[] = []
    for (const { topic, partition, offset } of partitions) {
      const log = logOf(await this.#topics.open(topic), topic, partition)
      readers.push(new PartitionReader(log, offset ?? this.#start(log), this.options))
    }
    this.#checkOpen()
    for (const reader of this.#readers.values()) {
      this.#fetcher.delete(reader)
      this.#stream.forget(reader)
    }
    this.#readers.clear()
    for (const reader of readers) {
      this.#readers.set(keyOf(reader.log), reader)
      this.#fetcher.add(reader)
    }
  }

  get assignment(): TopicPartition[] {
    return [...this.#readers.values()].map(({ log: { topic, partition } }) => ({
      topic,
      partition,
    }))
  }

  /**
   * The records one by one, without end: the loop waits for further ones. One loop at a time.
   *
   * @throws DuramenError `ERR_CONSUMER_BUSY`, `ERR_CLOSED`, and what reading throws
   */
  [Symbol.asyncIterator](): AsyncIterator<Record> {
    return this.records()
  }

  /** As iterating the consumer, until `signal` is aborted, which then throws its reason. */
  records({ signal }: WaitOptions = {}): AsyncIterableIterator<Record> {
    return new RecordLoop(this.#stream, this.#fetcher, signal, this.#begin())
  }

  /**
   * Up to `maxPollRecords` records, those that are there or else the next ones; none when `timeoutMs`
   * is over. The positions move past them with the next call.
   */
  async poll(timeoutMs: number, { signal }: WaitOptions = {}): Promise<Record[]> {
    const end = this.#begin()
    const records: Record[] = []
    this.#stream.pass()
    try {
      const until = performance.now() + timeoutMs
      while (records.length === 0) {
        signal?.throwIfAborted()
        const first = await this.#stream.next()
        if (first !== undefined) {
          records.push(first)
          this.#take(records)
        } else if (!(await this.#wait(until - performance.now(), signal))) break
      }
      return records
    } finally {
      end()
    }
  }

  #take(records: Record[]): void {
    while (records.length < this.options.maxPollRecords) {
      const record = this.#stream.ready()
      if (record === undefined) return
      records.push(record)
    }
  }

  /** False when the time is over. */
  async #wait(ms: number, signal?: AbortSignal): Promise<boolean> {
    if (ms <= 0) return false
    const interrupt = () => this.#fetcher.interrupt()
    const timer = setTimeout(interrupt, ms)
    signal?.addEventListener('abort', interrupt)
    try {
      await this.#fetcher.wait()
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
    }
    this.#checkOpen()
    return true
  }

  /** Reads no more of these until they are resumed; they stay assigned. */
  pause(partitions: readonly TopicPartition[]): void {
    for (const reader of this.#readersOf(partitions)) reader.isPaused = true
    this.#stream.leave()
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const reader of this.#readersOf(partitions)) {
      reader.isPaused = false
      this.#fetcher.ready(reader)
    }
  }

  get paused(): TopicPartition[] {
    return this.assignment.filter((partition) => this.#reader(partition).isPaused)
  }

  /** The next record of that partition is the one at `offset`, or the first behind it. */
  seek({ topic, partition, offset }: TopicPartitionOffset): void {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new DuramenError('ERR_INVALID_ARGUMENT', `the offset is ${offset}; give 0 or more`)
    }
    this.#seek(this.#reader({ topic, partition }), offset)
  }

  /** Default: all that are assigned. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment): void {
    for (const reader of this.#readersOf(partitions)) this.#seek(reader, reader.log.logStartOffset)
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment): void {
    for (const reader of this.#readersOf(partitions)) this.#seek(reader, reader.log.highWatermark)
  }

  #seek(reader: PartitionReader, offset: number): void {
    this.#stream.forget(reader)
    reader.seek(offset)
    this.#fetcher.ready(reader)
  }

  /** The offset of the next record that the application has not been through with. */
  position(partition: TopicPartition): number {
    return this.#reader(partition).position
  }

  /** How many offsets lie between the position and the end that readers may see. */
  lag(partition: TopicPartition): number {
    const { log, position } = this.#reader(partition)
    return Math.max(log.highWatermark - position, 0)
  }

  /** Ends a loop that is under way. */
  async close(): Promise<void> {
    this.#fetcher.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #readersOf(partitions: readonly TopicPartition[]): PartitionReader[] {
    return partitions.map((partition) => this.#reader(partition))
  }

  #reader(partition: TopicPartition): PartitionReader {
    this.#checkOpen()
    const reader = this.#readers.get(keyOf(partition))
    if (reader !== undefined) return reader
    throw new DuramenError(
      'ERR_INVALID_ARGUMENT',
      `${keyOf(partition)} is not assigned to this consumer; assign it, or ask another one`,
    )
  }

  #start(log: PartitionLog): number {
    return this.options.autoOffsetReset === 'earliest' ? log.logStartOffset : log.highWatermark
  }

  #checkOpen(): void {
    if (this.#fetcher.isClosed)
      throw new DuramenError('ERR_CLOSED', 'the consumer is closed; make another')
  }

  /** Claims the stream of records for one loop or call; gives what lets go of it. */
  #begin(): () => void {
    this.#checkOpen()
    if (this.#busy) {
      throw new DuramenError(
        'ERR_CONSUMER_BUSY',
        'another loop over this consumer is under way; leave that one first, or make another consumer',
      )
    }
    this.#busy = true
    return () => {
      this.#busy = false
    }
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function logOf(logs: readonly PartitionLog[], topic: string, partition: number): PartitionLog {
  const log = logs[partition]
  if (log !== undefined) return log
  throw new DuramenError(
    'ERR_NOT_FOUND',
    `${topic} has no partition ${partition}; it has 0 to ${logs.length - 1}`,
  )
}
