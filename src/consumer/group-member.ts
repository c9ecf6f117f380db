import { DuramenError, type ErrorCode } from '../errors.js'
import {
  type Assignor,
  assignMembers,
  consumerProtocol,
  decodeAssignment,
  type GroupCoordinator,
  type JoinAnswer,
  type OffsetToCommit,
  subscribedTopics,
  type TopicPartition,
} from '../group/index.js'
import type { ConsumerOptions } from './consumer-options.js'

const longestTimerMs = 2 ** 31 - 1

/** What a member asks of its consumer. */
export interface MemberSeams {
  readonly coordinator: GroupCoordinator
  readonly options: ConsumerOptions<unknown, unknown>
  readonly assignors: readonly Assignor[]
  /** How many partitions a topic has; undefined where there is no such topic. */
  readonly partitionCount: (topic: string) => number | undefined
  /** Whether the application has asked for a record since the last call. */
  readonly isAsking: () => boolean
  /** The member has to join again before anything else is read. */
  readonly onRebalance: () => void
}

/**
 * One member of a group, from this process: joins, assigns where it leads, says that it is alive.
 * It joins again only in `join`, so that the application is never in the middle of a record whose
 * partition another member has been given.
 */
export class GroupMember {
  readonly #seams: MemberSeams
  #memberId = ''
  #generation = -1
  #mustJoin = true
  #wasLost = false
  #hasLeft = false
  #heart: NodeJS.Timeout | undefined
  #lastAsked = performance.now()
  #beating = false

  constructor(seams: MemberSeams) {
    this.#seams = seams
  }

  get memberId(): string {
    return this.#memberId
  }

  get generation(): number {
    return this.#generation
  }

  /** Whether `join` has to be called before anything is read. */
  get mustJoin(): boolean {
    return this.#mustJoin && !this.#hasLeft
  }

  /** Whether the group has done without this member meanwhile, so that all it had is others'. */
  takeLost(): boolean {
    const wasLost = this.#wasLost
    this.#wasLost = false
    return wasLost
  }

  /** What is subscribed to has changed, or what there is to subscribe to. */
  rejoin(): void {
    this.#mustJoin = true
    this.#seams.onRebalance()
  }

  /**
   * Becomes a member of the next generation, and says what it is to read.
   *
   * @param owned what it reads now; nothing for an eager assignor
   * @throws DuramenError what `GroupCoordinator.join` and `sync` throw that joining again does not mend
   */
  async join(
    topics: readonly string[],
    owned: ReadonlyMap<string, readonly number[]>,
  ): Promise<TopicPartition[]> {
    this.#stopHeart()
    // Somebody waits for records: a process that has nothing else to do must not end meanwhile.
    const keepAlive = setInterval(() => {}, longestTimerMs)
    try {
      return await this.#joinUntilStable(topics, owned)
    } finally {
      clearInterval(keepAlive)
    }
  }

  async #joinUntilStable(
    topics: readonly string[],
    owned: ReadonlyMap<string, readonly number[]>,
  ): Promise<TopicPartition[]> {
    while (!this.#hasLeft) {
      try {
        const answer = await this.#joinOnce(topics, owned)
        const partitions = await this.#sync(answer)
        this.#mustJoin = false
        this.#startHeart()
        return partitions
      } catch (error) {
        if (!this.#joinsAgain(error)) throw error
      }
    }
    return []
  }

  async #joinOnce(
    topics: readonly string[],
    owned: ReadonlyMap<string, readonly number[]>,
  ): Promise<JoinAnswer> {
    const { coordinator, assignors, options } = this.#seams
    const answer = await coordinator.join({
      groupId: options.groupId,
      memberId: this.#memberId,
      groupInstanceId: options.groupInstanceId || null,
      clientId: options.clientId,
      protocolType: 'consumer',
      protocols: assignors.map((one) => consumerProtocol(one, topics, owned, this.#generation)),
      sessionTimeoutMs: options.sessionTimeoutMs,
      rebalanceTimeoutMs: options.maxPollIntervalMs,
      requiresMemberId: true,
      onChange: this.#ask,
    })
    this.#memberId = answer.memberId
    this.#generation = answer.generation
    return answer
  }

  async #sync(answer: JoinAnswer): Promise<TopicPartition[]> {
    const leads = answer.leaderId === answer.memberId && !answer.skipAssignment
    const { assignment } = await this.#seams.coordinator.sync({
      ...this.#identity(),
      assignments: leads ? this.#assign(answer) : [],
    })
    const { partitions } = decodeAssignment(assignment)
    return Array.from(partitions, ([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    ).flat()
  }

  #assign({ members, protocolName }: JoinAnswer) {
    const { assignors, partitionCount } = this.#seams
    const assignor = assignors.find(({ name }) => name === protocolName)
    if (assignor === undefined) return []
    const counts = new Map<string, number>()
    for (const topic of subscribedTopics(members)) {
      const count = partitionCount(topic)
      if (count !== undefined) counts.set(topic, count)
    }
    return assignMembers(assignor, members, counts)
  }

  /** Whether joining again is the answer to it; as a new member where this one is not known. */
  #joinsAgain(error: unknown): boolean {
    const code = codeOf(error)
    if (code === 'ERR_MEMBER_ID_REQUIRED') {
      this.#memberId = (error as DuramenError).memberId ?? ''
      // The group would wait for a member that has an id and does not come.
      if (this.#hasLeft) void this.#stepOut()
      return true
    }
    if (this.#hasLeft) return false
    if (code === 'ERR_REBALANCE_IN_PROGRESS') return true
    if (code !== 'ERR_UNKNOWN_MEMBER_ID' && code !== 'ERR_ILLEGAL_GENERATION') return false
    this.#forget()
    return true
  }

  #forget(): void {
    this.#wasLost = this.#memberId !== ''
    this.#memberId = ''
    this.#generation = -1
  }

  #identity() {
    const { groupId, groupInstanceId } = this.#seams.options
    return {
      groupId,
      memberId: this.#memberId,
      generation: this.#generation,
      groupInstanceId: groupInstanceId || null,
    }
  }

  /** @throws DuramenError what `GroupCoordinator.commitOffsets` throws */
  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    // Without an id it would count as somebody from outside, who may, where the group is empty.
    if (this.#memberId === '') {
      const { groupId } = this.#seams.options
      throw new DuramenError(
        'ERR_UNKNOWN_MEMBER_ID',
        `the consumer is no member of group ${groupId}, so that its positions are not committed; poll again`,
      )
    }
    const results = await this.#seams.coordinator.commitOffsets({ ...this.#identity(), offsets })
    for (const { error } of results) if (error !== undefined) throw error
  }

  /** Out of the group; a static member stays in it, for when it comes again. */
  async leave(): Promise<void> {
    this.#hasLeft = true
    await this.#stepOut()
  }

  async #stepOut(): Promise<void> {
    this.#stopHeart()
    const { groupId, groupInstanceId } = this.#seams.options
    if (this.#memberId === '' || groupInstanceId !== '') return
    const members = [{ memberId: this.#memberId }]
    this.#forget()
    this.#mustJoin = true
    await this.#seams.coordinator.leave({ groupId, members }).catch(() => {})
  }

  #startHeart(): void {
    this.#lastAsked = performance.now()
    this.#heart = setInterval(() => void this.#beat(), this.#seams.options.heartbeatIntervalMs)
    this.#heart.unref()
  }

  #stopHeart(): void {
    clearInterval(this.#heart)
    this.#heart = undefined
  }

  // Only the coordinator's answer counts: what it has told of may be over.
  readonly #ask = (): void => {
    if (this.#heart !== undefined) void this.#beat()
  }

  // A member whose application hangs gives its partitions to others.
  async #beat(): Promise<void> {
    const { isAsking, options, coordinator } = this.#seams
    const now = performance.now()
    if (isAsking()) this.#lastAsked = now
    if (now - this.#lastAsked > options.maxPollIntervalMs) {
      await this.#stepOut()
      this.rejoin()
      return
    }
    if (this.#beating) return
    this.#beating = true
    try {
      await coordinator.heartbeat(this.#identity())
    } catch (error) {
      // Whatever it is, joining says it; with another id it would put out who has taken its place.
      const code = codeOf(error)
      const isKnown = code === 'ERR_REBALANCE_IN_PROGRESS' || code === 'ERR_FENCED_INSTANCE_ID'
      if (!isKnown) this.#forget()
      this.rejoin()
    } finally {
      this.#beating = false
    }
  }
}

function codeOf(error: unknown): ErrorCode | undefined {
  return error instanceof DuramenError ? error.code : undefined
}
