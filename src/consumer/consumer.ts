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
import { ConsumerBatch } from './batch.js'
import { type Committable, checkedList, checkedOffset, offsetsToCommit } from './committable.js'
import { type ConsumerOptions, consumerOptions } from './consumer-options.js'
import { checkTopics, GroupSubscription, type RebalanceListener } from './group-subscription.js'
import { Loop, type Source } from './loop.js'
import { resetOffset } from './offset-reset.js'
import {
  offsetsForTimes,
  offsetsOf,
  type TopicPartitionTime,
  type TopicPartitionTimestamp,
} from './partition-offsets.js'
import { checkTimeout, poll } from './poll.js'
import { visibleEnd } from './visible-end.js'

/** What a consumer asks of the engine. */
export interface ConsumerSeams {
  readonly topicNames: () => readonly string[]
  readonly partitionCount: (topic: string) => number | undefined
  /** @throws DuramenError `ERR_NOT_FOUND` */
  readonly openPartition: (topic: string, partition: number) => Promise<PartitionLog>
  readonly coordinator: () => Promise<GroupCoordinator>
  readonly closed?: () => void
}

export interface WaitOptions {
  readonly signal?: AbortSignal
}

/**
 * Reads the records of partitions: those that its group gives it, or those that it is assigned. Made
 * by `engine.consumer()`.
 */
export class Consumer<K = Buffer, V = Buffer> implements AsyncIterable<Record<K, V>> {
  readonly options: Readonly<ConsumerOptions<unknown, unknown>>
  readonly #seams: ConsumerSeams
  readonly #assigned: AssignedPartitions
  #subscription: GroupSubscription | undefined
  #closed: Promise<void> | undefined

  /** @throws DuramenError `ERR_INVALID_OPTION` */
  constructor(seams: ConsumerSeams, options: Partial<ConsumerOptions<K, V>> = {}) {
    this.options = checkedOptions(consumerOptions, { ...options })
    this.#seams = seams
    this.#assigned = new AssignedPartitions(
      this.options,
      async () => this.#subscription?.attend() ?? true,
    )
  }

  /**
   * Joins the group, with the first loop or poll from now on; it divides the partitions of these
   * topics among its members. A pattern takes topics that are made later, too.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID` without a `groupId`, `ERR_NOT_FOUND`, `ERR_CLOSED`
   */
  async subscribe(topics: readonly string[] | RegExp, listener: RebalanceListener = {}) {
    const coordinator = await this.#coordinator()
    checkTopics(topics, this.#seams)
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
    for (const place of checkedList(partitions, 'partitions')) {
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
    return known[0]?.offset ?? resetOffset(log, this.options)
  }

  get assignment(): TopicPartition[] {
    return this.#assigned.list()
  }

  /**
   * The records one by one, without end: the loop waits for further ones. One loop at a time. A record
   * is passed when the next is asked for; a loop that is left on it, also by an error, comes to it
   * again.
   *
   * @throws DuramenError `ERR_CONSUMER_BUSY`, `ERR_CLOSED`, `ERR_DESERIALIZER` and what reading throws,
   * which `seek` to its `toOffset` + 1 skips, and what joining throws
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Record<K, V>> {
    return this.records()
  }

  /** As iterating the consumer, until `signal` is aborted, which then throws its reason. */
  records(options: WaitOptions = {}): AsyncIterableIterator<Record<K, V>> {
    return this.#loop(this.#assigned.stream as Source<Record<K, V>>, options)
  }

  /** The same by what is fetched of a partition at a time; a batch is passed as a whole. */
  batches(options: WaitOptions = {}): AsyncIterableIterator<ConsumerBatch<K, V>> {
    const { stream } = this.#assigned
    const seams = {
      shape: this.options,
      commit: (offsets: readonly TopicPartitionOffset[]) => this.commit(offsets),
    }
    const next = async () => {
      const taken = (await stream.nextReader())?.takeView()
      return taken && new ConsumerBatch<K, V>(taken.view, taken.fromOffset, seams)
    }
    return this.#loop({ ready: () => undefined, next }, options)
  }

  #loop<T>(source: Source<T>, { signal }: WaitOptions): AsyncIterableIterator<T> {
    this.#assigned.checkOpen()
    return new Loop(this.#assigned.stream, source, signal)
  }

  /**
   * Up to `maxPollRecords` records, those that are there or else the next ones; none when `timeoutMs`
   * is over. The positions move past them with the next call.
   *
   * @throws as iterating, once the records before the one that fails have been given
   */
  async poll(timeoutMs: number, { signal }: WaitOptions = {}): Promise<Record<K, V>[]> {
    this.#assigned.checkOpen()
    checkTimeout(timeoutMs)
    const { stream } = this.#assigned
    stream.take()
    const until = performance.now() + timeoutMs
    const attend = async () => this.#subscription?.attendUntil(until, signal) ?? true
    try {
      const { maxPollRecords: maxRecords } = this.options
      const records = await poll(stream, { maxRecords, until, attend, signal })
      return records as Record<K, V>[]
    } finally {
      stream.release()
    }
  }

  /**
   * Commits for the group: the offset behind a record, exactly the offsets that are given, or the
   * positions of all partitions. Resolves when they are stored.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID` without a `groupId`, `ERR_ILLEGAL_GENERATION` or
   * `ERR_REBALANCE_IN_PROGRESS` where the group has gone on without this member, `ERR_CLOSED`
   */
  async commit(what: Committable = this.#assigned.polledPositions()): Promise<void> {
    const coordinator = await this.#coordinator()
    const offsets = offsetsToCommit(what)
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
    return this.#assigned.list(({ isPaused }) => isPaused)
  }

  /**
   * The next record of that partition is the one at `offset`, or the first behind it.
   *
   * @throws DuramenError `ERR_NOT_ASSIGNED`, `ERR_INVALID_ARGUMENT`, `ERR_CLOSED`
   */
  seek(place: TopicPartitionOffset): void {
    this.#assigned.seek(place, checkedOffset(place.offset))
  }

  /** Default: all that are assigned. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment): void {
    const readers = partitions.map((partition) => this.#assigned.get(partition))
    for (const { log } of readers) this.#assigned.seek(log, log.logStartOffset)
  }

  seekToEnd(partitions: readonly TopicPartition[] = this.assignment): void {
    const readers = partitions.map((partition) => this.#assigned.get(partition))
    for (const { log } of readers) this.#assigned.seek(log, visibleEnd(log, this.options))
  }

  /** The offset of the next record that the application has not been through with. */
  position(partition: TopicPartition): number {
    return this.#assigned.get(partition).position
  }

  /**
   * How many offsets lie between the position and the end that readers may see; without a partition,
   * of all that are assigned together.
   *
   * @throws DuramenError `ERR_NOT_ASSIGNED`, `ERR_CLOSED`
   */
  lag(partition?: TopicPartition): number {
    if (partition !== undefined) return this.#assigned.get(partition).lag
    return this.assignment.reduce((sum, one) => sum + this.#assigned.get(one).lag, 0)
  }

  /** Where partitions begin, assigned or not: the log start offsets. @throws DuramenError `ERR_NOT_FOUND` */
  beginningOffsets(partitions: readonly TopicPartition[] = this.assignment) {
    return offsetsOf(this.#open, partitions, (log) => log.logStartOffset)
  }

  /** Where they end for readers: the offset of the record that comes next. @throws as `beginningOffsets` */
  endOffsets(partitions: readonly TopicPartition[] = this.assignment) {
    return offsetsOf(this.#open, partitions, (log) => visibleEnd(log, this.options))
  }

  /**
   * The first record of each partition whose timestamp is not below the one that is given; partitions
   * in which there is none are left out.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_INVALID_ARGUMENT`
   */
  offsetsForTimes(times: readonly TopicPartitionTime[]): Promise<TopicPartitionTimestamp[]> {
    return offsetsForTimes(this.#open, times)
  }

  readonly #open = async ({ topic, partition }: TopicPartition): Promise<PartitionLog> => {
    this.#assigned.checkOpen()
    return this.#seams.openPartition(topic, partition)
  }

  /** @internal What it has of its group. */
  get subscription(): GroupSubscription | undefined {
    return this.#subscription
  }

  /** Ends a loop that is under way; commits, where that is done by itself, and leaves the group. */
  close(): Promise<void> {
    this.#closed ??= this.#close().finally(this.#seams.closed)
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#assigned.stream.passPolled()
    await this.#subscription?.close()
    await this.#subscription?.settled()
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
}
