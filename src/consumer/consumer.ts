import { setTimeout as sleep } from 'node:timers/promises'
import { checkedOptions } from '../config/option.js'
import { DuramenError } from '../errors.js'
import type { GroupCoordinator } from '../group/index.js'
import type { PartitionLog } from '../log/index.js'
import type { Record } from '../record/index.js'
import {
  AssignedPartitions,
  type TopicPartition,
  type TopicPartitionOffset,
} from './assigned-partitions.js'
import { type ConsumerOptions, consumerOptions } from './consumer-options.js'
import { GroupSubscription, type RebalanceListener, startOf } from './group-subscription.js'
import type { PartitionReader } from './partition-reader.js'
import { RecordLoop } from './record-loop.js'

/** What a consumer asks of the engine. */
export interface ConsumerSeams {
  readonly topicNames: () => readonly string[]
  readonly partitionCount: (topic: string) => number | undefined
  /** @throws DuramenError `ERR_NOT_FOUND` */
  readonly openPartition: (topic: string, partition: number) => Promise<PartitionLog>
  readonly coordinator: () => Promise<GroupCoordinator>
}

export interface WaitOptions {
  readonly signal?: AbortSignal
}

/** What `commit` takes: records that the application is through with, or offsets to go on from. */
export type Committable = Record | readonly TopicPartitionOffset[]

/**
 * Reads the records of partitions: those that its group gives it, or those that it is assigned. Made
 * by `engine.consumer()`.
 */
export class Consumer implements AsyncIterable<Record> {
  readonly options: Readonly<ConsumerOptions>
  readonly #seams: ConsumerSeams
  readonly #assigned: AssignedPartitions
  #subscription: GroupSubscription | undefined
  #attending: Promise<void> | undefined
  #busy = false
  #closed: Promise<void> | undefined

  /** @throws DuramenError `ERR_INVALID_OPTION` */
  constructor(seams: ConsumerSeams, options: Partial<ConsumerOptions> = {}) {
    this.options = checkedOptions(consumerOptions, options)
    this.#seams = seams
    this.#assigned = new AssignedPartitions(this.options, () => this.#attend())
  }

  /** What was begun goes on where a poll did not wait for its end. */
  #attend(): Promise<void> {
    this.#attending ??= this.#subscription?.attend().finally(() => {
      this.#attending = undefined
    })
    return this.#attending ?? Promise.resolve()
  }

  /**
   * Joins the group, with the first loop or poll from now on; it divides the partitions of these
   * topics among its members. A pattern takes topics that are made later, too.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID` without a `groupId`, `ERR_NOT_FOUND`, `ERR_CLOSED`
   */
  async subscribe(topics: readonly string[] | RegExp, listener: RebalanceListener = {}) {
    const coordinator = await this.#coordinator()
    if (!(topics instanceof RegExp)) for (const topic of topics) this.#checkTopic(topic)
    await this.unsubscribe()
    const { options } = this
    const seams = { ...this.#seams, coordinator, options, assigned: this.#assigned }
    this.#subscription = new GroupSubscription(seams, topics, listener)
  }

  /** Leaves the group, and gives up all partitions. */
  async unsubscribe(): Promise<void> {
    const subscription = this.#subscription
    this.#subscription = undefined
    await subscription?.close()
    this.#assigned.clear()
  }

  /**
   * Reads these partitions and no others, each from its `offset`; without one, from where the group
   * has committed, or from where `autoOffsetReset` says.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_NO_OFFSET`, `ERR_CLOSED`
   */
  async assign(partitions: readonly (TopicPartition & { offset?: number })[]): Promise<void> {
    this.#assigned.checkOpen()
    const begun: [PartitionLog, number][] = []
    for (const place of partitions) {
      const log = await this.#seams.openPartition(place.topic, place.partition)
      begun.push([log, place.offset ?? (await this.#committedOr(log))])
    }
    await this.unsubscribe()
    this.#assigned.checkOpen()
    for (const [log, offset] of begun) this.#assigned.add(log, offset)
  }

  async #committedOr(log: PartitionLog): Promise<number> {
    const { topic, partition } = log
    const known = this.options.groupId === '' ? [] : await this.committed([{ topic, partition }])
    return known[0]?.offset ?? startOf(log, this.options)
  }

  get assignment(): TopicPartition[] {
    return this.#assigned.list()
  }

  /**
   * The records one by one, without end: the loop waits for further ones. One loop at a time.
   *
   * @throws DuramenError `ERR_CONSUMER_BUSY`, `ERR_CLOSED`, and what reading and joining throw
   */
  [Symbol.asyncIterator](): AsyncIterator<Record> {
    return this.records()
  }

  /** As iterating the consumer, until `signal` is aborted, which then throws its reason. */
  records({ signal }: WaitOptions = {}): AsyncIterableIterator<Record> {
    const { stream, fetcher } = this.#assigned
    return new RecordLoop(stream, fetcher, signal, this.#begin())
  }

  /**
   * Up to `maxPollRecords` records, those that are there or else the next ones; none when `timeoutMs`
   * is over. The positions move past them with the next call.
   *
   * @throws as iterating
   */
  async poll(timeoutMs: number, { signal }: WaitOptions = {}): Promise<Record[]> {
    const end = this.#begin()
    const { stream, fetcher } = this.#assigned
    const records: Record[] = []
    stream.pass()
    try {
      const until = performance.now() + timeoutMs
      while (records.length === 0) {
        signal?.throwIfAborted()
        this.#assigned.checkOpen()
        if (!(await this.#attended(until - performance.now(), signal))) break
        let record = await stream.next()
        if (record === undefined && !(await fetcher.waitUntil(until, signal))) break
        for (; record !== undefined; record = stream.ready()) {
          if (records.push(record) === this.options.maxPollRecords) break
        }
      }
      return records
    } finally {
      end()
    }
  }

  /** Whether the group has been joined when the time is over. */
  async #attended(ms: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#subscription === undefined || !this.#subscription.mustAttend) return true
    const stop = new AbortController()
    const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal])
    const over = sleep(Math.max(ms, 0), false, { signal: either }).catch(() => false)
    try {
      return await Promise.race([this.#attend().then(() => true), over])
    } finally {
      stop.abort()
    }
  }

  /**
   * Commits for the group: the offset behind a record, exactly the offsets that are given, or the
   * positions of all partitions. Resolves when they are stored.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID` without a `groupId`, `ERR_ILLEGAL_GENERATION` or
   * `ERR_REBALANCE_IN_PROGRESS` where the group has gone on without this member, `ERR_CLOSED`
   */
  async commit(what: Committable = this.#assigned.positions()): Promise<void> {
    const coordinator = await this.#coordinator()
    const offsets = Array.isArray(what) ? what : [behind(what as Record)]
    if (offsets.length === 0) return
    if (this.#subscription !== undefined) return this.#subscription.commit(offsets)
    const { groupId } = this.options
    const results = await coordinator.commitOffsets({ groupId, offsets })
    for (const { error } of results) if (error !== undefined) throw error
  }

  /** What the group has committed; partitions for which there is nothing are left out. */
  async committed(partitions: readonly TopicPartition[] = this.assignment) {
    const coordinator = await this.#coordinator()
    const found = await coordinator.fetchOffsets(this.options.groupId, partitions)
    return found.filter(({ offset }) => offset >= 0)
  }

  /** Reads no more of these until they are resumed; they stay assigned. */
  pause(partitions: readonly TopicPartition[]): void {
    this.#assigned.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#assigned.resume(partitions)
  }

  get paused(): TopicPartition[] {
    return this.assignment.filter((partition) => this.#assigned.get(partition).isPaused)
  }

  /**
   * The next record of that partition is the one at `offset`, or the first behind it.
   *
   * @throws DuramenError `ERR_NOT_ASSIGNED`, `ERR_INVALID_ARGUMENT`, `ERR_CLOSED`
   */
  seek({ topic, partition, offset }: TopicPartitionOffset): void {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new DuramenError('ERR_INVALID_ARGUMENT', `the offset is ${offset}; give 0 or more`)
    }
    this.#assigned.seek(this.#assigned.get({ topic, partition }), offset)
  }

  /** Default: all that are assigned. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment): void {
    this.#seekAll(partitions, ({ log }) => log.logStartOffset)
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment): void {
    this.#seekAll(partitions, ({ log }) => log.highWatermark)
  }

  #seekAll(
    partitions: readonly TopicPartition[],
    where: (reader: PartitionReader) => number,
  ): void {
    const readers = partitions.map((partition) => this.#assigned.get(partition))
    for (const reader of readers) this.#assigned.seek(reader, where(reader))
  }

  /** The offset of the next record that the application has not been through with. */
  position(partition: TopicPartition): number {
    return this.#assigned.get(partition).position
  }

  /** How many offsets lie between the position and the end that readers may see. */
  lag(partition: TopicPartition): number {
    const { log, position } = this.#assigned.get(partition)
    return Math.max(log.highWatermark - position, 0)
  }

  /** @internal Topics were made, deleted, or given partitions. */
  topicsChanged(): void {
    this.#subscription?.topicsChanged()
  }

  /** Ends a loop that is under way; commits, where that is done by itself, and leaves the group. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#subscription?.close()
    await this.#attending?.catch(() => {})
    this.#assigned.fetcher.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #coordinator(): Promise<GroupCoordinator> {
    this.#assigned.checkOpen()
    if (this.options.groupId !== '') return this.#seams.coordinator()
    throw new DuramenError('ERR_INVALID_GROUP_ID', 'the consumer has no groupId; give it one')
  }

  #checkTopic(topic: string): void {
    if (this.#seams.partitionCount(topic) !== undefined) return
    throw new DuramenError('ERR_NOT_FOUND', `there is no topic ${topic}; create it first`, {
      topic,
    })
  }

  /** Claims the records for one loop or call; gives what lets go of them. */
  #begin(): () => void {
    this.#assigned.checkOpen()
    if (this.#busy) {
      const message = 'another loop is under way; leave that one first, or make another consumer'
      throw new DuramenError('ERR_CONSUMER_BUSY', message)
    }
    this.#busy = true
    return () => {
      this.#busy = false
    }
  }
}

function behind({ topic, partition, offset, leaderEpoch }: Record) {
  return { topic, partition, offset: offset + 1, leaderEpoch }
}
