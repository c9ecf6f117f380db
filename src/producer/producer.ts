import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import type { BytesInput } from '../record/index.js'
import { checkedBytes } from '../record/record-input.js'
import { noPartition } from '../topic/no-partition.js'
import { createPartitioner } from '../topic/partitioners/create.js'
import type { Partitioner } from '../topic/partitioners/partitioner.js'
import type { Accumulator, RecordMetadata, Sender, Shared } from './accumulator.js'
import { Destinations, type Topics } from './destinations.js'
import { Linger } from './linger.js'
import { Memory } from './memory.js'
import { ProducerIdentity } from './producer-identity.js'
import { checkedProducerOptions, type ProducerOptions } from './producer-options.js'
import { checkedProducerRecord, type ProducerRecord } from './producer-record.js'
import { serialized } from './serializer.js'
import { type Arrival, Waiting } from './waiting.js'

export interface SendOptions {
  /** Withdraws the record while it is in no batch yet: its topic is being opened, or room awaited. */
  readonly signal?: AbortSignal
}

const unset: ProducerRecord = {}

/** Told of records that were enqueued and have failed. */
export type ErrorListener = (error: unknown, where: { topic: string; partition: number }) => void

/**
 * Sends records to topics: batched by partition, in the order in which they were sent. Made by
 * `engine.producer()`.
 */
export class Producer<K = BytesInput, V = BytesInput> {
  readonly options: Readonly<ProducerOptions<never, never>>
  onError: ErrorListener | undefined
  readonly #partitioner: Partitioner
  readonly #memory: Memory
  readonly #identity: ProducerIdentity | undefined
  readonly #destinations: Destinations
  readonly #closed: (() => void) | undefined
  readonly #waiting: Waiting
  /** The application's own, which is asked in any case: it may refuse a record. */
  readonly #isOwnPartitioner: boolean
  /** Whether anybody hears when a record is stored. */
  readonly #isAwaited: boolean
  #failure: unknown
  #closing: Promise<void> | undefined

  /** @throws DuramenError `ERR_INVALID_OPTION` */
  constructor(topics: Topics, options: Partial<ProducerOptions<K, V>> = {}) {
    this.options = checkedProducerOptions({ ...options })
    this.#isOwnPartitioner = typeof this.options.partitioner === 'function'
    this.#isAwaited = this.options.acks !== 0
    this.#partitioner = createPartitioner(this.options.partitioner, this.options.batchSize)
    this.#memory = new Memory(this.options.bufferMemory)
    const linger = new Linger(this.options.lingerMs)
    this.#identity = this.options.enableIdempotence
      ? new ProducerIdentity(() => topics.producerId())
      : undefined
    const shared: Shared = {
      options: this.options,
      memory: this.#memory,
      identity: this.#identity,
      opened: (accumulator) => linger.add(accumulator),
      sent: ({ log: { topic, partition } }, bytes) =>
        this.#partitioner.batchSent?.(topic, partition, bytes),
      failed: (error, { log: { topic, partition } }) => this.#failed(error, { topic, partition }),
    }
    this.#destinations = new Destinations(topics, shared)
    this.#closed = topics.closed
    this.#waiting = new Waiting({
      destinations: this.#destinations,
      memory: this.#memory,
      maxBlockMs: this.options.maxBlockMs,
      add: (arrival, partitions) => this.#add(arrival, partitions),
      refuse: (arrival, error) => this.#refuse(arrival, error),
    })
  }

  /** Under which its batches stand in the logs; undefined before the first, or without idempotence. */
  get producerId(): number | undefined {
    return this.#identity?.id
  }

  /**
   * Resolves when the record is stored, as `acks` and the flush policy say. Its bytes are copied
   * before this returns.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_INVALID_ARGUMENT`, `ERR_RECORD_TOO_LARGE`,
   * `ERR_BUFFER_FULL`, `ERR_CLOSED`, what `PartitionLog.append` throws, and `signal.reason`
   */
  send(
    topic: string,
    record: ProducerRecord<K, V>,
    { signal }: SendOptions = {},
  ): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      const stored = ({ partition }: PartitionLog, offset: number) =>
        resolve({ topic, partition, offset })
      const sender = { stored, reject }
      this.#check(signal)
      const arrival = { topic, record: unset, sender, index: 0, signal, now: Date.now() }
      this.#arrive(arrival, record, this.#partitionsOf(topic))
    })
  }

  /**
   * The same for many records of one topic; resolves when all are stored. Rejects with the first
   * failure, of whichever record; the others are sent all the same.
   */
  sendBatch(
    topic: string,
    records: readonly ProducerRecord<K, V>[],
    { signal }: SendOptions = {},
  ): Promise<RecordMetadata[]> {
    return new Promise((resolve, reject) => {
      this.#check(signal)
      if (!Array.isArray(records)) throw notRecords(records)
      const found: RecordMetadata[] = new Array(records.length)
      let left = records.length
      const stored: Sender['stored'] = ({ partition }, offset, index, count) => {
        for (let i = 0; i < count; i++) found[index + i] = { topic, partition, offset: offset + i }
        left -= count
        if (left === 0) resolve(found)
      }
      if (left === 0) resolve(found)
      const sender = { stored, reject }
      // One for all, as an object for each would be a quarter of what a record costs.
      const arrival: Arrival = { topic, record: unset, sender, index: 0, signal, now: Date.now() }
      const partitions = this.#partitionsOf(topic)
      for (; arrival.index < records.length; arrival.index++) {
        this.#arrive(arrival, records[arrival.index] as ProducerRecord<K, V>, partitions)
      }
    })
  }

  /**
   * As `send`, with nothing to await: failures reach `onError` and make the next `flush` reject. What
   * is wrong with the record itself is thrown at once, where the topic is open.
   *
   * @returns false when more is under way than `bufferMemory`, or the topic is yet to be opened: then
   * await `drained`
   * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_RECORD_TOO_LARGE`, `ERR_NOT_FOUND`, `ERR_PARTITIONER`,
   * `ERR_SERIALIZER`, `ERR_CLOSED`
   */
  enqueue(topic: string, given: ProducerRecord<K, V>): boolean {
    this.#check()
    const record = this.#serialized(topic, given)
    const partitions = this.#partitionsOf(topic)
    // Behind the sends that wait for room, so that the order holds.
    if (partitions === undefined || this.#memory.isAwaited) {
      this.#waiting.keep({ topic, record, index: 0, now: Date.now() }, partitions)
    } else {
      this.#accumulatorFor(topic, record, partitions).add(record, Date.now())
    }
    return partitions !== undefined && !this.#memory.isFull
  }

  /** Resolves when topics are open, and there is room for more. @throws `signal.reason` */
  async drained({ signal }: SendOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    await this.#waiting.opened()
    if (!this.#memory.isFull) return
    const patience = { maxMs: Number.POSITIVE_INFINITY, signal }
    await new Promise<void>((resolve, reject) => this.#memory.wait(resolve, reject, patience))
  }

  /**
   * Resolves when everything sent before is acknowledged.
   *
   * @throws what a record has failed with that was enqueued since the last flush
   */
  async flush(): Promise<void> {
    await this.#waiting.opened()
    for (const accumulator of this.#destinations.all()) accumulator.close()
    await this.drained()
    await Promise.all(this.#destinations.all().map((accumulator) => accumulator.flush()))
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
  }

  /** Flushes; sending is refused from now on. @throws as `flush` */
  close(): Promise<void> {
    this.#closing ??= this.flush().finally(this.#closed)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @throws DuramenError `ERR_CLOSED`, and `signal.reason` */
  #check(signal?: AbortSignal): void {
    if (this.#closing !== undefined) {
      throw new DuramenError('ERR_CLOSED', 'the producer is closed; make another')
    }
    signal?.throwIfAborted()
  }

  /** Undefined where the topic is yet to be opened, or records still wait for that. */
  #partitionsOf(topic: string): readonly Accumulator[] | undefined {
    return this.#waiting.isOpening(topic) ? undefined : this.#destinations.find(topic)
  }

  #serialized(topic: string, given: ProducerRecord<K, V>): ProducerRecord {
    return serialized(topic, checkedProducerRecord(given), this.options)
  }

  /** @param partitions undefined where the topic is yet to be opened */
  #arrive(
    arrival: Arrival,
    given: ProducerRecord<K, V>,
    partitions: readonly Accumulator[] | undefined,
  ): void {
    try {
      arrival.record = this.#serialized(arrival.topic, given)
      if (partitions === undefined || this.#memory.isFull) this.#waiting.keep(arrival, partitions)
      else this.#enter(arrival, partitions)
    } catch (error) {
      this.#refuse(arrival, error)
    }
  }

  #add(arrival: Arrival, partitions: readonly Accumulator[]): void {
    try {
      this.#enter(arrival, partitions)
    } catch (error) {
      this.#refuse(arrival, error)
    }
  }

  #enter({ topic, record, sender, index, now }: Arrival, partitions: readonly Accumulator[]): void {
    const accumulator = this.#accumulatorFor(topic, record, partitions)
    accumulator.add(record, now, this.#isAwaited ? sender : undefined, index)
    if (!this.#isAwaited) sender?.stored(accumulator.log, -1, index, 1)
  }

  #accumulatorFor(
    topic: string,
    record: ProducerRecord,
    partitions: readonly Accumulator[],
  ): Accumulator {
    const partition = record.partition ?? this.#choose(topic, record, partitions.length)
    const accumulator = Number.isInteger(partition) ? partitions[partition] : undefined
    if (accumulator !== undefined) return accumulator
    throw noPartition(topic, partition, partitions.length)
  }

  #choose(topic: string, record: ProducerRecord, partitions: number): number {
    if (partitions === 1 && !this.#isOwnPartitioner) return 0
    const key = checkedBytes(record.key, 'key')
    const value = checkedBytes(record.value, 'value')
    return this.#partitioner.partition(topic, key, value, partitions)
  }

  #refuse({ topic, record, sender }: Arrival, error: unknown): void {
    if (sender !== undefined) sender.reject(error)
    else this.#failed(error, { topic, partition: record.partition ?? -1 })
  }

  #failed(error: unknown, where: { topic: string; partition: number }): void {
    this.#failure ??= error
    // In a turn of its own: what it throws must not break off what is under way here.
    if (this.onError !== undefined) queueMicrotask(() => this.onError?.(error, where))
  }
}

function notRecords(records: unknown): DuramenError {
  return new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `the records are ${shown(records)}; give an array of them`,
  )
}
