import type { GroupOptions } from '../config/group-config.js'
import { expiredOffsets } from './expiry.js'
import { Group } from './group.js'
import type { StoredGroup } from './group-record.js'
import { Membership } from './membership.js'
import type { LoadReport } from './offset-loader.js'
import type { OffsetPartition } from './offset-partition.js'
import { type OffsetLogs, OffsetStore } from './offset-store.js'
import { closed } from './refusals.js'

/** After so many milliseconds others have their turn. */
const turnMs = 5

/** A group with its members, and where it is stored. */
export interface GroupEntry {
  readonly group: Group
  readonly membership: Membership
  readonly partition: OffsetPartition
}

/** The groups that are known: those of the partitions that have been loaded. */
export class GroupRegistry {
  readonly #options: GroupOptions
  readonly #store: OffsetStore
  readonly #groups = new Map<string, GroupEntry>()
  readonly #reports: LoadReport[] = []
  #isClosed = false

  constructor(logs: OffsetLogs, options: GroupOptions) {
    this.#options = options
    this.#store = new OffsetStore(logs, (partition, groups) => this.#restore(partition, groups))
  }

  get reports(): readonly LoadReport[] {
    return this.#reports
  }

  /** Loads all partitions. @throws DuramenError what opening and reading a log throws */
  async load(): Promise<void> {
    await this.#store.loadAll()
  }

  #restore(partition: OffsetPartition, groups: ReadonlyMap<string, StoredGroup>): void {
    this.#reports.push(partition.report)
    if (this.#isClosed) return
    for (const groupId of partition.offsets.groupIds()) this.make(groupId, partition)
    for (const [groupId, stored] of groups) {
      const { membership } = this.#groups.get(groupId) ?? this.make(groupId, partition)
      membership.restore(stored)
    }
  }

  /**
   * Where a group is stored, loaded.
   *
   * @throws DuramenError `ERR_COORDINATOR_CLOSED`, and what opening and reading its log throws
   */
  partitionOf(groupId: string): Promise<OffsetPartition> {
    return this.#store.partitionOf(groupId)
  }

  /**
   * The group as it is now, its partition having been loaded. Whoever has it must use it in this
   * turn: in the next it may be gone.
   *
   * @throws DuramenError `ERR_COORDINATOR_CLOSED`
   */
  known(groupId: string): GroupEntry | undefined {
    if (this.#isClosed) throw closed(groupId)
    return this.#groups.get(groupId)
  }

  all(): GroupEntry[] {
    return [...this.#groups.values()]
  }

  /** A new group, empty. */
  make(groupId: string, partition: OffsetPartition): GroupEntry {
    const group = new Group(groupId, Date.now())
    const store = (stored: StoredGroup) => partition.storeGroup(groupId, stored)
    const entry = { membership: new Membership(group, this.#options, store), group, partition }
    this.#groups.set(groupId, entry)
    return entry
  }

  /** Forgets what all groups have committed for a topic. @throws as `load`, and what appending throws */
  async forgetTopic(topic: string): Promise<void> {
    await this.load()
    for (const { group, partition } of this.all()) {
      await partition.forgetTopic(group.groupId, topic)
    }
  }

  /** The group is no more. */
  drop({ membership, group }: GroupEntry): void {
    membership.stop()
    this.#groups.delete(group.groupId)
  }

  /**
   * Forgets what has expired, and groups that have nothing left.
   *
   * @returns how many offsets have expired
   */
  async expire(): Promise<number> {
    let count = 0
    let turnEnds = performance.now() + turnMs
    for (const entry of this.all()) {
      count += await this.#expireOne(entry)
      if (performance.now() < turnEnds) continue
      await new Promise((resolve) => setImmediate(resolve))
      turnEnds = performance.now() + turnMs
    }
    return count
  }

  async #expireOne(entry: GroupEntry): Promise<number> {
    const { group, partition } = entry
    const { groupId } = group
    if (this.#groups.get(groupId) !== entry || partition.isCommitting(groupId)) return 0
    const expired = expiredOffsets(group, partition, this.#options, Date.now())
    const hasMore = [...partition.offsets.of(groupId)].length > expired.length
    const isOver = !hasMore && group.state === 'Empty' && group.pending.size === 0
    if (isOver) this.drop(entry)
    await partition.forget(groupId, expired, isOver)
    return expired.length
  }

  /** Refuses whoever waits, and whoever comes; resolves when no log is being read any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const entry of this.all()) this.drop(entry)
    await this.#store.close()
  }
}
