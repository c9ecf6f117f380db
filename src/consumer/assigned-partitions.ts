import { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import type { ConsumerOptions } from './consumer-options.js'
import { Fetcher } from './fetcher.js'
import { PartitionReader } from './partition-reader.js'
import { type Attend, Stream } from './stream.js'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number
}

/** The partitions that a consumer reads, and how far it has come in each. */
export class AssignedPartitions {
  readonly fetcher: Fetcher
  readonly stream: Stream
  readonly #options: ConsumerOptions<unknown, unknown>
  readonly #readers = new Map<string, PartitionReader>()

  /** `attend` is called before anything is read, and while nothing is there to read. */
  constructor(options: ConsumerOptions<unknown, unknown>, attend: Attend) {
    this.#options = options
    this.fetcher = new Fetcher(options)
    this.stream = new Stream(this.fetcher, attend)
  }

  add(log: PartitionLog, offset: number): void {
    const reader = new PartitionReader(log, offset, this.#options)
    this.#readers.set(nameOf(log), reader)
    this.fetcher.add(reader)
  }

  delete(partition: TopicPartition): void {
    const reader = this.#readers.get(nameOf(partition))
    if (reader === undefined) return
    this.#readers.delete(nameOf(partition))
    this.fetcher.delete(reader)
    this.stream.forget(reader)
  }

  clear(): void {
    for (const partition of this.list()) this.delete(partition)
  }

  has(partition: TopicPartition): boolean {
    return this.#readers.has(nameOf(partition))
  }

  /** Those that are as `which` says; all without it. */
  list(which: (reader: PartitionReader) => boolean = () => true): TopicPartition[] {
    const readers = [...this.#readers.values()].filter(which)
    return readers.map(({ log: { topic, partition } }) => ({ topic, partition }))
  }

  /** Where the application stands in each. */
  positions(): TopicPartitionOffset[] {
    return [...this.#readers.values()].map(({ log: { topic, partition }, position }) => ({
      topic,
      partition,
      offset: position,
    }))
  }

  /** The same where what a poll gave is done with, as Kafka has it; a loop says how far it is. */
  polledPositions(): TopicPartitionOffset[] {
    this.stream.passPolled()
    return this.positions()
  }

  /** @throws DuramenError `ERR_CLOSED`, `ERR_NOT_ASSIGNED` */
  get(partition: TopicPartition): PartitionReader {
    this.checkOpen()
    const reader = this.#readers.get(nameOf(partition))
    if (reader !== undefined) return reader
    throw new DuramenError(
      'ERR_NOT_ASSIGNED',
      `${nameOf(partition)} is not assigned to this consumer; assign it, or ask who has it`,
    )
  }

  seek(partition: TopicPartition, offset: number): void {
    const reader = this.get(partition)
    this.stream.forget(reader)
    reader.seek(offset)
    this.fetcher.ready(reader)
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.get(partition).isPaused = true
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const reader = this.get(partition)
      reader.isPaused = false
      this.fetcher.ready(reader)
    }
  }

  /** @throws DuramenError `ERR_CLOSED` */
  checkOpen(): void {
    if (!this.fetcher.isClosed) return
    throw new DuramenError('ERR_CLOSED', 'the consumer is closed; make another')
  }
}

/** As directories are called, and as people know them. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
