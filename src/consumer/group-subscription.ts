import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { DuramenError } from '../errors.js'
import { type Assignor, assignors, type GroupCoordinator } from '../group/index.js'
import type { PartitionLog } from '../log/index.js'
import { offsetsTopic } from '../topic/topic-name.js'
import {
  type AssignedPartitions,
  nameOf,
  type TopicPartition,
  type TopicPartitionOffset,
} from './assigned-partitions.js'
import { checkedList } from './committable.js'
import type { ConsumerOptions } from './consumer-options.js'
import { GroupMember } from './group-member.js'
import { resetOffset } from './offset-reset.js'

const longestTimerMs = 2 ** 31 - 1

type Listener = (partitions: readonly TopicPartition[]) => unknown

/** Told when the partitions of a consumer change; awaited before it reads on. */
export interface RebalanceListener {
  /** They are another's from now on: the last moment to commit. */
  readonly onRevoked?: Listener
  readonly onAssigned?: Listener
  /** They are another's already, because this member was silent for too long. */
  readonly onLost?: Listener
}

/** What a subscription asks of the topics. */
export interface SubscriptionSeams {
  readonly coordinator: GroupCoordinator
  readonly options: ConsumerOptions<unknown, unknown>
  readonly assigned: AssignedPartitions
  readonly topicNames: () => readonly string[]
  readonly partitionCount: (topic: string) => number | undefined
  readonly openPartition: (topic: string, partition: number) => Promise<PartitionLog>
}

/** A consumer's place in its group: what it subscribes to, and what it has been given of that. */
export class GroupSubscription {
  readonly #seams: SubscriptionSeams
  readonly #wanted: readonly string[] | RegExp
  readonly #listener: RebalanceListener
  readonly #member: GroupMember
  readonly #assignors: readonly Assignor[]
  #known = ''
  readonly #autoCommit: NodeJS.Timeout | undefined
  #asked = 0
  #attending: Promise<boolean> | undefined
  /** Of what the group has given, all that could not be read from yet. */
  #untaken: readonly TopicPartition[] = []
  #isTelling = false
  /** What the last commit by itself has said, which need not be said again. */
  #lastCommitted = new Map<string, number>()

  constructor(
    seams: SubscriptionSeams,
    wanted: readonly string[] | RegExp,
    listener: RebalanceListener,
  ) {
    this.#seams = seams
    this.#wanted = wanted
    this.#listener = listener
    const { options, assigned, coordinator, partitionCount } = seams
    this.#assignors = options.assignors.map((name) => assignors.get(name) as Assignor)
    this.#member = new GroupMember({
      coordinator,
      options,
      assignors: this.#assignors,
      partitionCount,
      isAsking: () => this.#isAsking(),
      onRebalance: () => assigned.stream.interrupt(),
    })
    if (options.enableAutoCommit && options.autoCommitIntervalMs > 0) {
      const commit = () => void this.#commitNew().catch(() => {})
      this.#autoCommit = setInterval(commit, options.autoCommitIntervalMs).unref()
    }
  }

  async #commitNew(): Promise<void> {
    const positions = this.#seams.assigned.positions()
    const last = this.#lastCommitted
    await this.commit(positions.filter((place) => last.get(nameOf(place)) !== place.offset))
    this.#lastCommitted = new Map(positions.map((place) => [nameOf(place), place.offset]))
  }

  #isAsking(): boolean {
    const { asked } = this.#seams.assigned.stream
    const isAsking = asked !== this.#asked
    this.#asked = asked
    return isAsking
  }

  /** There may be topics now that were not, or more partitions. */
  topicsChanged(): void {
    if (this.#known !== this.#look(this.#match())) this.#member.rejoin()
  }

  /** Its logs are about to be closed. The group divides anew once it is gone. */
  topicDeleted(name: string): void {
    const { assigned } = this.#seams
    for (const one of assigned.list()) if (one.topic === name) assigned.delete(one)
    this.#untaken = this.#untaken.filter(({ topic }) => topic !== name)
  }

  /** The topics, and how many partitions they have, as something to compare. */
  #look(topics: readonly string[]): string {
    return topics.map((name) => `${name} ${this.#seams.partitionCount(name)}`).join()
  }

  #match(): readonly string[] {
    const wanted = this.#wanted
    if (!(wanted instanceof RegExp)) return wanted
    return this.#seams.topicNames().filter((name) => wanted.test(name) && name !== offsetsTopic)
  }

  /**
   * Joins the group where that is to be done, and takes and gives up partitions accordingly. What was
   * begun goes on, also where somebody did not wait for its end.
   *
   * @throws DuramenError what `GroupCoordinator.join` throws, and what listeners do
   */
  attend(): Promise<boolean> {
    if (this.#isAttended) return Promise.resolve(true)
    this.#attending ??= this.#join().finally(() => {
      this.#attending = undefined
    })
    return this.#attending
  }

  get #isAttended(): boolean {
    return this.#attending === undefined && !this.#member.mustJoin && this.#untaken.length === 0
  }

  /** Resolves when nothing of that is under way any more; at once for a listener, which is part of it. */
  async settled(): Promise<void> {
    if (!this.#isTelling) await this.#attending?.catch(() => {})
  }

  /** Whether it is done by then (`performance.now`). @throws as `attend` */
  async attendUntil(until: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#isAttended) return true
    const stop = new AbortController()
    const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal])
    const ms = Math.min(Math.max(until - performance.now(), 0), longestTimerMs)
    const over = sleep(ms, false, { signal: either }).catch(() => false)
    try {
      return await Promise.race([this.attend(), over])
    } finally {
      stop.abort()
    }
  }

  async #join(): Promise<true> {
    while (this.#member.mustJoin) {
      await this.#rebalance()
      // Members that make each other join again must not keep everything else from happening.
      await turn()
    }
    if (this.#untaken.length > 0) await this.#take()
    return true
  }

  async #rebalance(): Promise<void> {
    const { assigned } = this.#seams
    const isEager = this.#assignors.some(({ rebalance }) => rebalance === 'eager')
    const topics = this.#match()
    this.#known = this.#look(topics)
    if (this.#member.takeLost()) await this.#lose()
    if (isEager) await this.#revoke(assigned.list())
    const given = await this.#member.join(topics, byTopic(assigned.list()))
    if (this.#member.takeLost()) await this.#lose()
    const isOurs = new Set(given.map(nameOf))
    const gone = assigned.list().filter((partition) => !isOurs.has(nameOf(partition)))
    this.#untaken = given.filter((partition) => !assigned.has(partition))
    // What is given up is another's only in a further generation.
    if (!isEager && gone.length > 0) this.#member.rejoin()
    await this.#revoke(gone)
    await this.#take()
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const { assigned, options } = this.#seams
    if (options.enableAutoCommit) await this.commit(assigned.positions()).catch(() => {})
    try {
      await this.#tell(this.#listener.onRevoked, partitions)
    } finally {
      for (const partition of partitions) assigned.delete(partition)
    }
  }

  async #lose(): Promise<void> {
    const { onLost, onRevoked } = this.#listener
    const partitions = this.#seams.assigned.list()
    try {
      await this.#tell(onLost ?? onRevoked, partitions)
    } finally {
      this.#seams.assigned.clear()
    }
  }

  async #tell(listener: Listener | undefined, partitions: readonly TopicPartition[]) {
    if (partitions.length === 0) return
    this.#isTelling = true
    try {
      await listener?.(partitions)
    } finally {
      this.#isTelling = false
    }
  }

  /** All or none: what fails is tried again before anything else is read. */
  async #take(): Promise<void> {
    const { assigned, coordinator, options, openPartition, partitionCount } = this.#seams
    const partitions = this.#untaken
    const committed = await coordinator.fetchOffsets(options.groupId, partitions)
    const begun: [PartitionLog, number][] = []
    for (const { topic, partition, offset } of committed) {
      if (partitionCount(topic) === undefined) continue // Deleted: the group hears of it next.
      const log = await openPartition(topic, partition)
      begun.push([log, offset >= 0 ? offset : await resetOffset(log, options)])
    }
    for (const [log, offset] of begun) {
      if (partitionCount(log.topic) !== undefined) assigned.add(log, offset)
    }
    this.#untaken = []
    this.#lastCommitted.clear()
    const taken = partitions.filter((partition) => assigned.has(partition))
    await this.#tell(this.#listener.onAssigned, taken)
  }

  /** @throws DuramenError what `GroupCoordinator.commitOffsets` throws */
  async commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    if (offsets.length > 0) await this.#member.commit(offsets)
  }

  /** Commits where that is done by itself, and leaves the group. */
  async close(): Promise<void> {
    clearInterval(this.#autoCommit)
    const { assigned, options } = this.#seams
    if (options.enableAutoCommit && this.#member.generation >= 0) {
      await this.commit(assigned.positions()).catch(() => {})
    }
    await this.#member.leave()
  }
}

function byTopic(partitions: readonly TopicPartition[]): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    topics.set(topic, [...(topics.get(topic) ?? []), partition])
  }
  return topics
}

/** Of a pattern there may be none yet. @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_NOT_FOUND` */
export function checkTopics(
  topics: readonly string[] | RegExp,
  { partitionCount }: Pick<SubscriptionSeams, 'partitionCount'>,
): void {
  if (topics instanceof RegExp) return
  const list = checkedList(topics, 'topics')
  const missing = list.find((topic) => partitionCount(topic) === undefined)
  if (missing === undefined) return
  throw new DuramenError('ERR_NOT_FOUND', `there is no topic ${missing}; create it first`)
}
