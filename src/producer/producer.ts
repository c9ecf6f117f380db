import { checkedOptions } from '../config/option.js'
import { DuramenError } from '../errors.js'
import { checkedBytes } from '../record/record-input.js'
import { noPartition } from '../topic/no-partition.js'
import { createPartitioner } from '../topic/partitioners/create.js'
import type { Partitioner } from '../topic/partitioners/partitioner.js'
import type { Accumulator, RecordMetadata, Sender, Shared } from './accumulator.js'
import { Destinations, type Topics } from './destinations.js'
import { Linger } from './linger.js'
import { Memory } from './memory.js'
import { type ProducerOptions, producerOptions } from './producer-options.js'
import { detached, type ProducerRecord } from './producer-record.js'

export interface SendOptions {
  /** Withdraws the record while it is in no batch yet: its topic is being opened, or room awaited. */
  readonly signal?: AbortSignal
}

/** Told of records that were enqueued and have failed. */
export type ErrorListener = (error: unknown, where: { topic: string; partition: number }) => void

interface Arrival {
  readonly topic: string
  readonly record: ProducerRecord
  /** Absent where nobody waits for it. */
  readonly sender?: Sender
  /** What the sender knows it by. */
  readonly index?: number
  readonly signal?: AbortSignal
  readonly now?: number
}

interface Opening {
  readonly arrivals: Arrival[]
  readonly done: Promise<void>
}

/**
 * Sends records to topics: batched by partition, in the order in which they were sent. Made by
 * `engine.producer()`.
 */
export class Producer {
  readonly options: Readonly<ProducerOptions>
  onError: ErrorListener | undefined
  readonly #partitioner: Partitioner
  readonly #memory: Memory
  readonly #destinations: Destinations
  readonly #opening = new Map<string, Opening>()
  #failure: unknown
  #closing: Promise<void> | undefined

  /** @throws DuramenError `ERR_INVALID_OPTION` */
  constructor(topics: Topics, options: Partial<ProducerOptions> = {}) {
    this.options = checkedOptions(producerOptions, options)
    this.#partitioner = createPartitioner(this.options.partitioner, this.options.batchSize)
    this.#memory = new Memory(this.options.bufferMemory)
    const linger = new Linger(this.options.lingerMs)
    const shared: Shared = {
      options: this.options,
      memory: this.#memory,
      opened: (accumulator) => linger.add(accumulator),
      sent: ({ log: { topic, partition } }, bytes) =>
        this.#partitioner.batchSent?.(topic, partition, bytes),
      failed: (error, { log: { topic, partition } }) => this.#failed(error, { topic, partition }),
    }
    this.#destinations = new Destinations(topics, shared)
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
    record: ProducerRecord,
    { signal }: SendOptions = {},
  ): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      this.#arrive({ topic, record, signal, sender: { resolve, reject } })
    })
  }

  /**
   * The same for many records of one topic; resolves when all are stored. Rejects with the first
   * failure, of whichever record; the others are sent all the same.
   */
  sendBatch(
    topic: string,
    records: readonly ProducerRecord[],
    options: SendOptions = {},
  ): Promise<RecordMetadata[]> {
    return new Promise((resolve, reject) => {
      const found: RecordMetadata[] = new Array(records.length)
      let left = records.length
      const sender: Sender = {
        resolve: (metadata, index) => {
          found[index] = metadata
          if (--left === 0) resolve(found)
        },
        reject,
      }
      if (left === 0) resolve(found)
      const { signal } = options
      const now = Date.now()
      for (const [index, record] of records.entries()) {
        this.#arrive({ topic, record, signal, sender, index, now })
      }
    })
  }

  /**
   * As `send`, with nothing to await: failures reach `onError` and make the next `flush` reject.
   *
   * @returns false when more is under way than `bufferMemory`, or the topic is yet to be opened: then
   * await `drained`
   * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_RECORD_TOO_LARGE`, `ERR_CLOSED`
   */
  enqueue(topic: string, record: ProducerRecord): boolean {
    if (this.#closing !== undefined) throw closed()
    const partitions = this.#destinations.find(topic)
    if (partitions === undefined) this.#awaitTopic({ topic, record: detached(record) })
    // Behind the sends that wait for room, so that the order holds.
    else if (this.#memory.isAwaited)
      this.#awaitRoom({ topic, record: detached(record) }, partitions)
    else this.#accumulatorFor(topic, record, partitions).add(record, Date.now())
    return partitions !== undefined && !this.#memory.isFull
  }

  /** Resolves when topics are open, and there is room for more. @throws `signal.reason` */
  async drained({ signal }: SendOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    await this.#opened()
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
    await this.#opened()
    for (const accumulator of this.#destinations.all()) accumulator.close()
    await this.drained()
    await Promise.all(this.#destinations.all().map((accumulator) => accumulator.flush()))
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
  }

  /** Flushes; sending is refused from now on. @throws as `flush` */
  close(): Promise<void> {
    this.#closing ??= this.flush()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #opened(): Promise<void> {
    await Promise.all([...this.#opening.values()].map(({ done }) => done))
  }

  #arrive(arrival: Arrival): void {
    const { topic, signal } = arrival
    const partitions = this.#destinations.find(topic)
    if (this.#closing !== undefined) {
      this.#refuse(arrival, closed())
    } else if (signal?.aborted) {
      this.#refuse(arrival, signal.reason)
    } else if (partitions !== undefined && !this.#memory.isFull) {
      this.#add(arrival, partitions)
    } else {
      this.#keep(arrival, partitions)
    }
  }

  /** In memory of its own, until its topic is open or there is room. */
  #keep(arrival: Arrival, partitions: readonly Accumulator[] | undefined): void {
    try {
      const kept = { ...arrival, record: detached(arrival.record) }
      if (partitions === undefined) this.#awaitTopic(kept)
      else this.#awaitRoom(kept, partitions)
    } catch (error) {
      this.#refuse(arrival, error)
    }
  }

  #add(arrival: Arrival, partitions: readonly Accumulator[]): void {
    const { topic, record, sender, index = 0, now = Date.now() } = arrival
    try {
      const accumulator = this.#accumulatorFor(topic, record, partitions)
      const waits = this.options.acks !== 0
      accumulator.add(record, now, waits ? sender : undefined, index)
      const { partition } = accumulator.log
      if (!waits) sender?.resolve({ topic, partition, offset: -1 }, index)
    } catch (error) {
      this.#refuse(arrival, error)
    }
  }

  #accumulatorFor(
    topic: string,
    record: ProducerRecord,
    partitions: readonly Accumulator[],
  ): Accumulator {
    const partition = record?.partition ?? this.#choose(topic, record, partitions.length)
    const accumulator = partitions[partition]
    if (accumulator !== undefined) return accumulator
    throw noPartition(topic, partition, partitions.length)
  }

  #choose(topic: string, record: ProducerRecord, partitions: number): number {
    const key = checkedBytes(record?.key, 'key')
    const value = checkedBytes(record?.value, 'value')
    return this.#partitioner.partition(topic, key, value, partitions)
  }

  #awaitRoom(arrival: Arrival, partitions: readonly Accumulator[]): void {
    const { sender, signal } = arrival
    const maxMs = sender === undefined ? Number.POSITIVE_INFINITY : this.options.maxBlockMs
    const patience = { maxMs, signal }
    this.#memory.wait(
      () => this.#add(arrival, partitions),
      (reason) => this.#refuse(arrival, reason),
      patience,
    )
  }

  #awaitTopic(arrival: Arrival): void {
    const { topic } = arrival
    const opening = this.#opening.get(topic)
    if (opening !== undefined) {
      opening.arrivals.push(arrival)
      return
    }
    this.#opening.set(topic, { arrivals: [arrival], done: this.#open(topic) })
  }

  async #open(topic: string): Promise<void> {
    let failure: unknown
    try {
      await this.#destinations.open(topic)
    } catch (error) {
      failure = error
    }
    const { arrivals } = this.#opening.get(topic) as Opening
    this.#opening.delete(topic)
    for (const arrival of arrivals) {
      if (failure === undefined) this.#enter(arrival)
      else this.#refuse(arrival, failure)
    }
  }

  /** Of a record that was sent before: also while the producer is being closed. */
  #enter(arrival: Arrival): void {
    const { topic, signal } = arrival
    const partitions = this.#destinations.find(topic)
    if (signal?.aborted) this.#refuse(arrival, signal.reason)
    else if (partitions === undefined) this.#awaitTopic(arrival)
    else if (this.#memory.isFull) this.#awaitRoom(arrival, partitions)
    else this.#add(arrival, partitions)
  }

  #refuse({ topic, record, sender }: Arrival, error: unknown): void {
    if (sender !== undefined) sender.reject(error)
    else this.#failed(error, { topic, partition: record.partition ?? -1 })
  }

  #failed(error: unknown, where: { topic: string; partition: number }): void {
    this.#failure ??= error
    this.onError?.(error, where)
  }
}

function closed(): DuramenError {
  return new DuramenError('ERR_CLOSED', 'the producer is closed; make another')
}
