import { type GroupOptions, groupOptions } from '../config/group-config.js'
import { checkedOptions } from '../config/option.js'
import { checkCommit, checkedOffsets, fetchedOffset } from './commit.js'
import { type GroupEntry, GroupRegistry } from './group-registry.js'
import { checkGroupId, checkJoin } from './join-checks.js'
import type { Membership } from './membership.js'
import type { LoadReport } from './offset-loader.js'
import type { OffsetPartition } from './offset-partition.js'
import type { OffsetLogs } from './offset-store.js'
import { noGroup, notEmpty, refusal, unknownMember } from './refusals.js'
import type {
  CommitRequest,
  FetchedOffset,
  GroupDescription,
  GroupListing,
  GroupState,
  JoinAnswer,
  JoinRequest,
  LeaveRequest,
  LeaveResult,
  MemberRequest,
  PartitionResult,
  SyncAnswer,
  SyncRequest,
  TopicPartition,
} from './requests.js'

/**
 * Leads groups of consumers, and keeps their committed offsets in `__consumer_offsets`, with the
 * meaning that Apache Kafka 4.1 gives its classic groups. Members in this process and on the wire
 * use the same object, and can share a group.
 *
 * A member calls `join`, then `sync` (the leader with everybody's assignment), then `heartbeat` well
 * within its session timeout; where any of them says `ERR_REBALANCE_IN_PROGRESS` it joins again, and
 * where the answer is `ERR_UNKNOWN_MEMBER_ID` or `ERR_ILLEGAL_GENERATION`, as a new member. What
 * members tell each other are Buffers that the coordinator passes on and keeps: they must not change
 * afterwards.
 *
 * It does not own the logs: close it before them.
 */
export class GroupCoordinator {
  readonly options: Readonly<GroupOptions>
  readonly #groups: GroupRegistry
  readonly #expiry: NodeJS.Timeout

  /** @throws DuramenError `ERR_INVALID_OPTION` */
  constructor(logs: OffsetLogs, options: Partial<GroupOptions> = {}) {
    this.options = checkedOptions(groupOptions, options)
    this.#groups = new GroupRegistry(logs, this.options)
    const interval = this.options.offsetsRetentionCheckIntervalMs
    this.#expiry = setInterval(() => this.expireOffsets().catch(() => {}), interval).unref()
  }

  /**
   * Loads all partitions; else each is loaded when one of its groups is first asked for.
   *
   * @throws DuramenError what opening and reading a log throws
   */
  async load(): Promise<readonly LoadReport[]> {
    await this.#groups.load()
    return this.reports
  }

  /** Of the partitions that have been loaded, what was read and what could not be. */
  get reports(): readonly LoadReport[] {
    return this.#groups.reports
  }

  /** The group of a member, in the turn in which its partition is there. */
  async #withGroupOf<T>(
    { groupId, memberId }: Pick<MemberRequest, 'groupId' | 'memberId'>,
    act: (membership: Membership) => T,
  ): Promise<Awaited<T>> {
    checkGroupId(groupId)
    await this.#groups.partitionOf(groupId)
    const entry = this.#groups.known(groupId)
    if (entry === undefined) throw unknownMember(groupId, memberId)
    return await act(entry.membership)
  }

  /**
   * Makes the caller a member of the next generation; resolves when that begins: when all members
   * have joined, or the longest of their rebalance timeouts is over. The leader is given the members
   * and what each said, and assigns.
   *
   * With `requiresMemberId` a new member is first refused with `ERR_MEMBER_ID_REQUIRED`, whose
   * `memberId` it joins with again: it can then leave while it waits.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID`, `ERR_INVALID_SESSION_TIMEOUT`, `ERR_INVALID_ARGUMENT`,
   * `ERR_MEMBER_ID_REQUIRED`, `ERR_UNKNOWN_MEMBER_ID`, `ERR_FENCED_INSTANCE_ID`,
   * `ERR_INCONSISTENT_GROUP_PROTOCOL`, `ERR_GROUP_MAX_SIZE_REACHED`, `ERR_COORDINATOR_CLOSED`;
   * `signal.reason`
   */
  async join(request: JoinRequest): Promise<JoinAnswer> {
    const { groupId, memberId = '' } = request
    checkGroupId(groupId)
    checkJoin(request, this.options)
    const partition = await this.#groups.partitionOf(groupId)
    request.signal?.throwIfAborted()
    const known = this.#groups.known(groupId)
    if (known === undefined && memberId !== '') throw unknownMember(groupId, memberId)
    return (known ?? this.#groups.make(groupId, partition)).membership.join(request)
  }

  /**
   * The member's assignment, once the leader has given it and it is stored.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID`, `ERR_UNKNOWN_MEMBER_ID`, `ERR_FENCED_INSTANCE_ID`,
   * `ERR_ILLEGAL_GENERATION`, `ERR_REBALANCE_IN_PROGRESS`, `ERR_INCONSISTENT_GROUP_PROTOCOL`,
   * `ERR_COORDINATOR_CLOSED`, and what `PartitionLog.append` throws; `signal.reason`
   */
  sync(request: SyncRequest): Promise<SyncAnswer> {
    return this.#withGroupOf(request, (membership) => membership.sync(request))
  }

  /**
   * Says that the member is alive.
   *
   * @throws DuramenError as `sync`
   */
  heartbeat(request: MemberRequest): Promise<void> {
    return this.#withGroupOf(request, (membership) => membership.heartbeat(request))
  }

  /**
   * Takes members out of their group, whose partitions then go to others; a result for each.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID`, `ERR_UNKNOWN_MEMBER_ID` where there is no such group,
   * `ERR_COORDINATOR_CLOSED`
   */
  leave({ groupId, members }: LeaveRequest): Promise<LeaveResult[]> {
    const memberId = members[0]?.memberId ?? ''
    return this.#withGroupOf({ groupId, memberId }, (membership) => membership.leave(members))
  }

  /**
   * Commits offsets; resolves once the log has acknowledged them. Metadata that is too long is
   * refused in the result of its partition, and the others are committed.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID`, `ERR_INVALID_ARGUMENT`, `ERR_ILLEGAL_GENERATION`,
   * `ERR_UNKNOWN_MEMBER_ID`, `ERR_FENCED_INSTANCE_ID`, `ERR_REBALANCE_IN_PROGRESS`,
   * `ERR_COORDINATOR_CLOSED`, and what `PartitionLog.append` throws
   */
  async commitOffsets(request: CommitRequest): Promise<PartitionResult[]> {
    const { groupId } = request
    checkGroupId(groupId, true)
    const partition = await this.#groups.partitionOf(groupId)
    const [accepted, results] = checkedOffsets(request, this.options)
    const { group, membership } = this.#groupOf(request, partition)
    const member = checkCommit(group, request)
    // A member that commits is alive.
    if (member !== undefined) membership.renew(member)
    await partition.commit(groupId, accepted)
    return results
  }

  /** A committer from outside needs no group: its first commit makes one. */
  #groupOf({ groupId, generation = -1 }: CommitRequest, partition: OffsetPartition): GroupEntry {
    const entry = this.#groups.known(groupId)
    if (entry !== undefined) return entry
    if (generation < 0) return this.#groups.make(groupId, partition)
    const message = `it does not exist, so that it has no generation ${generation}`
    throw refusal('ERR_ILLEGAL_GENERATION', groupId, message)
  }

  /**
   * What is committed: for the partitions that are named, offset -1 where there is nothing; without
   * names all that there is.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID`, `ERR_COORDINATOR_CLOSED`
   */
  async fetchOffsets(
    groupId: string,
    partitions?: readonly TopicPartition[],
  ): Promise<FetchedOffset[]> {
    checkGroupId(groupId, true)
    const { offsets } = await this.#groups.partitionOf(groupId)
    if (partitions === undefined) {
      return Array.from(offsets.of(groupId), ([topic, partition, committed]) =>
        fetchedOffset(topic, partition, committed),
      )
    }
    return partitions.map(({ topic, partition }) =>
      fetchedOffset(topic, partition, offsets.get(groupId, topic, partition)),
    )
  }

  /** @throws DuramenError `ERR_INVALID_GROUP_ID`, `ERR_GROUP_ID_NOT_FOUND`, `ERR_COORDINATOR_CLOSED` */
  describe(groupId: string): Promise<GroupDescription> {
    return this.#withExisting(groupId, ({ group }) => group.describe())
  }

  async #withExisting<T>(groupId: string, act: (entry: GroupEntry) => T): Promise<Awaited<T>> {
    checkGroupId(groupId, true)
    await this.#groups.partitionOf(groupId)
    const entry = this.#groups.known(groupId)
    if (entry === undefined) throw noGroup(groupId)
    return await act(entry)
  }

  /** All groups, or those in one of `states`; loads all partitions. */
  async list(states?: readonly GroupState[]): Promise<GroupListing[]> {
    await this.load()
    return this.#groups
      .all()
      .map(({ group }) => group)
      .filter(({ state }) => states === undefined || states.includes(state))
      .map(({ groupId, protocolType, state }) => ({ groupId, protocolType, state }))
  }

  /**
   * Deletes a group that has no members, and its committed offsets.
   *
   * @throws DuramenError `ERR_INVALID_GROUP_ID`, `ERR_GROUP_ID_NOT_FOUND`, `ERR_NON_EMPTY_GROUP`,
   * `ERR_COORDINATOR_CLOSED`, and what `PartitionLog.append` throws
   */
  delete(groupId: string): Promise<void> {
    return this.#withExisting(groupId, (entry) => {
      if (entry.group.state !== 'Empty') throw notEmpty(groupId)
      return this.#drop(entry)
    })
  }

  /** The same whether it has members or not: they hear that they are none, and may join again. @throws as `delete` */
  dissolve(groupId: string): Promise<void> {
    return this.#withExisting(groupId, (entry) => this.#drop(entry))
  }

  #drop(entry: GroupEntry): Promise<void> {
    this.#groups.drop(entry)
    return entry.partition.forgetGroup(entry.group.groupId)
  }

  /**
   * Deletes committed offsets, but for topics that members of the group consume, each of which has
   * `ERR_GROUP_SUBSCRIBED_TO_TOPIC` in its result.
   *
   * @throws DuramenError as `delete`
   */
  deleteOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
  ): Promise<PartitionResult[]> {
    return this.#withExisting(groupId, (entry) => deleteFree(entry, partitions))
  }

  /** Forgets what all groups have committed for a topic that is deleted. @throws as `expireOffsets` */
  forgetTopic(topic: string): Promise<void> {
    return this.#groups.forgetTopic(topic)
  }

  /**
   * Forgets committed offsets whose time is over, and groups that have nothing left. It runs by
   * itself every `offsetsRetentionCheckIntervalMs`, over the partitions that have been loaded.
   *
   * @returns how many offsets have expired
   * @throws DuramenError what `PartitionLog.append` throws
   */
  async expireOffsets(): Promise<number> {
    return this.#groups.expire()
  }

  /** Refuses whoever waits, and whoever comes. The logs stay open; nothing reads them any more. */
  async close(): Promise<void> {
    clearInterval(this.#expiry)
    await this.#groups.close()
  }
}

async function deleteFree(
  { group, partition }: GroupEntry,
  partitions: readonly TopicPartition[],
): Promise<PartitionResult[]> {
  const { groupId } = group
  if (group.state !== 'Empty' && !group.isConsumers) throw notEmpty(groupId)
  const results = partitions.map(({ topic, partition: number }): PartitionResult => {
    const place = { topic, partition: number }
    if (!group.isSubscribedTo(topic)) return place
    const message = `its members consume ${topic}`
    return { ...place, error: refusal('ERR_GROUP_SUBSCRIBED_TO_TOPIC', groupId, message) }
  })
  const free = results.filter(({ error }) => error === undefined)
  await partition.forget(groupId, free, false)
  return results
}
