import type { GroupOptions } from '../config/group-config.js'
import { Deadline } from './deadline.js'
import type { Group } from './group.js'
import type { StoredGroup } from './group-record.js'
import { type Member, noBytes } from './member.js'
import { rebalancing } from './refusals.js'
import type { MemberAssignment } from './requests.js'

const stored: Promise<void> = Promise.resolve()

/** Nobody waits for what a timer stores; where the log takes no more, every later call says so. */
const ignore = () => {}

/**
 * Leads a group from one generation to the next: it waits for the members to join, then for the
 * leader's assignment, which is stored before anyone is given it.
 *
 * The promises of its methods are about storing that a group has become empty.
 */
export class Rebalance {
  readonly #group: Group
  readonly #options: GroupOptions
  readonly #store: (group: StoredGroup) => Promise<unknown>
  readonly #joins = new Deadline(() => this.#onJoinsOver())
  readonly #syncs = new Deadline(() => this.#onSyncsOver())
  /** Of a group that was empty: how much longer it may be waited for others. */
  #delayLeft = 0
  #isDelayed = false
  #someoneCame = false

  constructor(
    group: Group,
    options: GroupOptions,
    store: (group: StoredGroup) => Promise<unknown>,
  ) {
    this.#group = group
    this.#options = options
    this.#store = store
  }

  /** Members, or what they said, have changed. */
  start(): Promise<void> {
    return this.#group.canRebalance ? this.#prepare() : this.completeIfJoined()
  }

  /** Extends the first delay of a group that was empty. */
  someoneCame(): void {
    this.#someoneCame = this.#isDelayed
  }

  #prepare(): Promise<void> {
    const group = this.#group
    if (group.state === 'CompletingRebalance') this.#resetSyncs(rebalancing(group.groupId))
    group.unsynced.clear()
    this.#syncs.stop()
    const wasEmpty = group.state === 'Empty'
    group.transitionTo('PreparingRebalance')
    for (const member of group.members.values()) if (!member.awaitsJoin) member.tell()
    if (wasEmpty) {
      const delay = this.#options.groupInitialRebalanceDelayMs
      this.#delay(delay, Math.max(group.rebalanceTimeoutMs - delay, 0))
      return stored
    }
    if (group.allHaveJoined) return this.#complete()
    this.#joins.start(group.rebalanceTimeoutMs)
    this.holdTimers()
    return stored
  }

  #delay(ms: number, left: number): void {
    this.#isDelayed = true
    this.#someoneCame = false
    this.#delayLeft = left
    this.#joins.start(ms)
    this.holdTimers()
  }

  #onJoinsOver(): void {
    const delay = this.#options.groupInitialRebalanceDelayMs
    if (delay > 0 && this.#isDelayed && this.#someoneCame && this.#delayLeft > 0) {
      this.#delay(Math.min(delay, this.#delayLeft), Math.max(this.#delayLeft - delay, 0))
    } else {
      this.#complete().catch(ignore)
    }
  }

  /** Goes on where the last member that was waited for has joined, or has gone. */
  completeIfJoined(): Promise<void> {
    const group = this.#group
    const isOver = group.state === 'PreparingRebalance' && !this.#isDelayed && group.allHaveJoined
    if (isOver) return this.#complete()
    this.holdTimers()
    return stored
  }

  #complete(): Promise<void> {
    const group = this.#group
    this.#isDelayed = false
    this.#joins.stop()
    // Static members keep their place until their session ends.
    for (const member of [...group.members.values()]) {
      if (!member.awaitsJoin && member.groupInstanceId === null) this.#drop(member)
    }
    if (!group.electLeader() && group.members.size > 0) {
      this.#joins.start(group.rebalanceTimeoutMs)
      return stored
    }
    group.startGeneration()
    if (group.state === 'Empty') return this.#store(group.stored()).then(ignore)
    for (const member of group.members.values()) {
      member.answerJoin(group.joinAnswer(member))
      member.isNew = false
      member.session.start(member.terms.sessionTimeoutMs)
      group.unsynced.add(member)
    }
    this.#syncs.start(group.rebalanceTimeoutMs)
    this.holdTimers()
    return stored
  }

  #onSyncsOver(): void {
    const group = this.#group
    if (group.unsynced.size === 0) return
    for (const member of [...group.unsynced]) this.#drop(member)
    this.#prepare().catch(ignore)
  }

  #drop(member: Member): void {
    this.#group.remove(member)
    member.tell()
  }

  /** Once all members have asked for their assignment, nobody is late any more. */
  hasSynced(): void {
    if (this.#group.unsynced.size === 0) this.#syncs.stop()
    this.holdTimers()
  }

  /** Stores the leader's assignment, and gives it to the members unless a new rebalance has begun. */
  async assign(assignments: readonly MemberAssignment[]): Promise<void> {
    const group = this.#group
    const { generation } = group
    const byMember = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]))
    const isOver = () => group.state !== 'CompletingRebalance' || group.generation !== generation
    try {
      await this.#store(group.stored(byMember))
    } catch (error) {
      if (isOver()) return
      this.#resetSyncs(error)
      this.start().catch(ignore)
      return
    }
    if (!isOver()) this.#handOut(byMember)
  }

  #handOut(assignments: ReadonlyMap<string, Buffer>): void {
    const group = this.#group
    group.transitionTo('Stable')
    const { protocolType, protocolName } = group
    for (const member of group.members.values()) {
      const assignment = assignments.get(member.memberId) ?? noBytes
      member.assignment = assignment
      if (!member.awaitsSync) continue
      member.answerSync({ protocolType, protocolName, assignment })
      member.session.start(member.terms.sessionTimeoutMs)
    }
    this.holdTimers()
  }

  #resetSyncs(error: unknown): void {
    for (const member of this.#group.members.values()) {
      member.assignment = noBytes
      if (!member.awaitsSync) continue
      member.refuseSync(error)
      member.session.start(member.terms.sessionTimeoutMs)
    }
  }

  /** A process may end unless somebody waits for what the timers would do. */
  holdTimers(): void {
    this.#joins.hold(this.#group.some(({ awaitsJoin }) => awaitsJoin) !== undefined)
    this.#syncs.hold(this.#group.some(({ awaitsSync }) => awaitsSync) !== undefined)
  }

  stop(): void {
    this.#joins.stop()
    this.#syncs.stop()
  }
}
