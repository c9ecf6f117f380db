import { randomUUID } from 'node:crypto'
import type { GroupOptions } from '../config/group-config.js'
import { DuramenError } from '../errors.js'
import { Deadline } from './deadline.js'
import type { Group } from './group.js'
import type { StoredGroup, StoredMember } from './group-record.js'
import { Member, type MemberTerms, termsOf } from './member.js'
import { Rebalance } from './rebalance.js'
import { closed, rebalancing, refusal, unknownMember } from './refusals.js'
import type {
  JoinAnswer,
  JoinRequest,
  LeaveResult,
  LeavingMember,
  MemberRequest,
  SyncAnswer,
  SyncRequest,
} from './requests.js'
import { untilLost } from './until-lost.js'

/** A member in this process, which cannot outlive it. */
export const inProcessHost = 'in-process'

// A new member that waits for its first generation sends no heartbeats, so it may wait this long;
// one that is still there then joins again.
const newMemberTimeoutMs = 5 * 60 * 1000

/** Nobody waits for what a timer does; where the log takes no more, every later call says so. */
const ignore = () => {}

/** What the members of one group ask for: they join, sync, stay alive and leave. */
export class Membership {
  readonly group: Group
  readonly #options: GroupOptions
  readonly #store: (group: StoredGroup) => Promise<unknown>
  readonly #rebalance: Rebalance

  /** `store` writes the group to the log. */
  constructor(
    group: Group,
    options: GroupOptions,
    store: (group: StoredGroup) => Promise<unknown>,
  ) {
    this.group = group
    this.#options = options
    this.#store = store
    this.#rebalance = new Rebalance(group, options, store)
  }

  /**
   * Takes over what the log says. Members on the wire have until their session ends to be heard of;
   * dynamic ones that lived in a process which is gone are left out, so that nobody waits for them.
   */
  restore(stored: StoredGroup): void {
    const { group } = this
    group.generation = stored.generation
    group.protocolType = stored.protocolType
    group.protocolName = stored.protocolName ?? ''
    const { protocolName } = group
    for (const member of stored.members) this.#restoreMember(member, protocolName)
    if (stored.leaderId !== null && group.members.has(stored.leaderId)) {
      group.leaderId = stored.leaderId
    }
    if (group.members.size > 0) group.state = 'Stable'
    group.stateTimestamp = stored.stateTimestamp
    const isWhole = group.members.size === stored.members.length
    const isTooLarge = group.members.size > this.#options.groupMaxSize
    if (!isWhole && group.members.size === 0) this.#restoreEmpty()
    else if (!isWhole || isTooLarge) this.#rebalance.start().catch(ignore)
  }

  /** As if the last members had left just now: from now on the retention of its offsets counts. */
  #restoreEmpty(): void {
    this.group.startGeneration()
    this.#store(this.group.stored()).catch(ignore)
  }

  #restoreMember(stored: StoredMember, protocolName: string): void {
    if (stored.clientHost === inProcessHost && stored.groupInstanceId === null) return
    const { sessionTimeoutMs, rebalanceTimeoutMs } = stored
    const protocols = [{ name: protocolName, metadata: stored.subscription }]
    const member = this.#member(stored, { protocols, sessionTimeoutMs, rebalanceTimeoutMs })
    member.assignment = stored.assignment
    this.group.add(member, this.group.protocolType)
    member.session.start(sessionTimeoutMs)
  }

  /** @throws DuramenError as `GroupCoordinator.join` */
  join(request: JoinRequest): Promise<JoinAnswer> {
    const { group } = this
    const { memberId = '', groupInstanceId = null } = request
    if (!group.hasRoomFor(memberId, this.#options.groupMaxSize)) throw this.#full(memberId)
    if (!group.accepts(request.protocolType, request.protocols)) {
      const message = 'its members and this one have no protocol type, or no protocol, in common'
      throw refusal('ERR_INCONSISTENT_GROUP_PROTOCOL', group.groupId, message)
    }
    if (memberId !== '') return this.#joinAgain(request, memberId)
    const prefix = groupInstanceId ?? request.clientId ?? ''
    const newId = `${prefix}-${randomUUID()}`
    const current = groupInstanceId === null ? undefined : group.staticMember(groupInstanceId)
    if (current !== undefined) return this.#replaceStatic(request, current, newId)
    if (groupInstanceId === null && request.requiresMemberId) throw this.#pend(request, newId)
    return this.#add(request, newId)
  }

  /** Nobody waits for someone who has no room: a group that shrinks sheds who joins last. */
  #full(memberId: string): DuramenError {
    const { group } = this
    const member = group.members.get(memberId)
    group.removePending(memberId)
    this.#remove(member === undefined ? [] : [member]).catch(ignore)
    const message = `it may have ${this.#options.groupMaxSize} members, and has them`
    return refusal('ERR_GROUP_MAX_SIZE_REACHED', group.groupId, message)
  }

  #pend(request: JoinRequest, memberId: string): DuramenError {
    const expire = new Deadline(() => {
      this.group.removePending(memberId)
      this.#rebalance.completeIfJoined().catch(ignore)
    })
    this.group.pending.set(memberId, expire)
    expire.start(request.sessionTimeoutMs)
    const message = `group ${request.groupId}: join again, as member ${memberId}`
    return new DuramenError('ERR_MEMBER_ID_REQUIRED', message, { memberId })
  }

  #add(request: JoinRequest, memberId: string): Promise<JoinAnswer> {
    const { group } = this
    const { groupInstanceId = null, clientId = '', clientHost = inProcessHost } = request
    const member = this.#member(
      { memberId, groupInstanceId, clientId, clientHost },
      termsOf(request),
    )
    member.isNew = true
    this.#rebalance.someoneCame()
    group.add(member, request.protocolType)
    member.session.start(newMemberTimeoutMs)
    return this.#rejoin(member, request)
  }

  #member(
    identity: Pick<StoredMember, 'memberId' | 'groupInstanceId' | 'clientId' | 'clientHost'>,
    terms: MemberTerms,
  ): Member {
    const member: Member = new Member(identity, terms, new Deadline(() => this.#onSilence(member)))
    return member
  }

  #onSilence(member: Member): void {
    if (member.isExcused) return
    member.tell()
    this.#remove([member]).catch(ignore)
  }

  #joinAgain(request: JoinRequest, memberId: string): Promise<JoinAnswer> {
    const { group } = this
    if (group.pending.has(memberId)) return this.#add(request, memberId)
    const member = group.member(memberId, request.groupInstanceId)
    const isSame = member.hasProtocols(request.protocols)
    // A leader that joins a stable group asks for a rebalance: it may know of new partitions.
    const isLeader = group.leaderId === memberId
    const hasAnswer =
      isSame && (group.state === 'CompletingRebalance' || (group.state === 'Stable' && !isLeader))
    if (hasAnswer) return Promise.resolve(group.joinAnswer(member))
    member.terms = termsOf(request)
    return this.#rejoin(member, request)
  }

  #rejoin(member: Member, { signal, memberId = '' }: JoinRequest): Promise<JoinAnswer> {
    const answer = member.waitForJoin(signal)
    this.#rebalance.start().catch(ignore)
    return untilLost(answer, signal, () => this.#onLoss(member, memberId !== ''))
  }

  /** Its client is gone, and would come back as this member only where there is an id to tell. */
  #onLoss(member: Member, knowsId: boolean): void {
    if (!member.isLost) return
    if (knowsId || member.groupInstanceId !== null) this.renew(member)
    else this.#remove([member]).catch(ignore)
  }

  /** The static member that comes back takes the place of the one that was there. */
  #replaceStatic(request: JoinRequest, member: Member, newId: string): Promise<JoinAnswer> {
    const { group } = this
    const oldLeader = group.leaderId
    const message = `another member has taken the place of static member ${member.groupInstanceId}`
    member.refuse(refusal('ERR_FENCED_INSTANCE_ID', group.groupId, message))
    member.tell()
    group.rename(member, newId)
    member.terms = termsOf(request)
    member.isNew = false
    member.session.start(member.terms.sessionTimeoutMs)
    const keepsAssignment =
      group.state === 'Stable' && group.selectProtocol() === group.protocolName
    if (keepsAssignment) return this.#answerReplaced(request, member, oldLeader)
    return this.#rejoin(member, request)
  }

  async #answerReplaced(
    request: JoinRequest,
    member: Member,
    oldLeader: string,
  ): Promise<JoinAnswer> {
    const { group } = this
    const answer = group.joinAnswer(member)
    await this.#store(group.stored())
    if (request.understandsSkipAssignment !== false) {
      return { ...answer, skipAssignment: group.leaderId === member.memberId }
    }
    // It must not take itself for the leader, who would have to assign again.
    return { ...answer, leaderId: oldLeader, members: [] }
  }

  /** @throws DuramenError as `GroupCoordinator.sync` */
  sync(request: SyncRequest): Promise<SyncAnswer> {
    const { group } = this
    const member = group.member(request.memberId, request.groupInstanceId)
    group.checkGeneration(request.generation)
    group.checkProtocol(request.protocolType, request.protocolName)
    if (group.state === 'PreparingRebalance') throw rebalancing(group.groupId)
    group.unsynced.delete(member)
    if (group.state === 'Stable') {
      this.#rebalance.hasSynced()
      const { protocolType, protocolName } = group
      return Promise.resolve({ protocolType, protocolName, assignment: member.assignment })
    }
    const answer = member.waitForSync(request.signal)
    this.#rebalance.hasSynced()
    if (group.leaderId === member.memberId) {
      this.#rebalance.assign(request.assignments ?? []).catch(ignore)
    }
    return untilLost(answer, request.signal, () => this.#onLoss(member, true))
  }

  /** @throws DuramenError as `GroupCoordinator.heartbeat` */
  heartbeat(request: MemberRequest): void {
    const { group } = this
    const member = group.member(request.memberId, request.groupInstanceId)
    group.checkGeneration(request.generation)
    this.renew(member)
    if (group.state === 'PreparingRebalance') throw rebalancing(group.groupId)
  }

  /** The member has been heard of. */
  renew(member: Member): void {
    member.session.start(member.terms.sessionTimeoutMs)
  }

  /** Resolves once the group is stored where it has become empty. */
  async leave(leaving: readonly LeavingMember[]): Promise<LeaveResult[]> {
    const gone: Member[] = []
    const results = leaving.map(({ memberId = '', groupInstanceId = null }): LeaveResult => {
      const who = { memberId, groupInstanceId }
      try {
        const member = this.#leaving(memberId, groupInstanceId)
        if (member !== undefined) gone.push(member)
        return who
      } catch (error) {
        if (error instanceof DuramenError) return { ...who, error }
        throw error
      }
    })
    await this.#remove(gone)
    return results
  }

  /** The member that is to leave; undefined where it had only an id. */
  #leaving(memberId: string, groupInstanceId: string | null): Member | undefined {
    const { group } = this
    if (memberId === '') {
      const member = groupInstanceId === null ? undefined : group.staticMember(groupInstanceId)
      if (member === undefined) throw unknownMember(group.groupId, groupInstanceId ?? '')
      return member
    }
    if (group.removePending(memberId)) return undefined
    return group.member(memberId, groupInstanceId)
  }

  #remove(members: readonly Member[]): Promise<void> {
    const { group } = this
    for (const member of members) {
      member.refuse(unknownMember(group.groupId, member.memberId))
      group.remove(member)
    }
    if (members.length > 0 && group.state !== 'Empty') return this.#rebalance.start()
    return this.#rebalance.completeIfJoined()
  }

  /** The group is no more, or its coordinator is closed. */
  stop(): void {
    const { group } = this
    group.transitionTo('Dead')
    this.#rebalance.stop()
    for (const expire of group.pending.values()) expire.stop()
    for (const member of group.members.values()) {
      member.session.stop()
      member.refuse(closed(group.groupId))
    }
  }
}
