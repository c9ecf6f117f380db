import { decodeSubscription } from './consumer-protocol.js'
import type { Deadline } from './deadline.js'
import type { StoredGroup } from './group-record.js'
import { type Member, noBytes } from './member.js'
import { refusal, unknownMember } from './refusals.js'
import type { GroupDescription, GroupProtocol, GroupState, JoinAnswer } from './requests.js'

const consumerType = 'consumer'

/** The states from which a rebalance can begin. */
const settled: readonly GroupState[] = ['Empty', 'CompletingRebalance', 'Stable']

/** A group as it is: its state, its members and what they have agreed on. It decides nothing. */
export class Group {
  readonly groupId: string
  state: GroupState = 'Empty'
  /** The state that it was in before. */
  previousState: GroupState = 'Empty'
  /** Milliseconds since the epoch; -1 where an old Kafka did not store it. */
  stateTimestamp: number
  generation = 0
  protocolType = ''
  protocolName = ''
  leaderId = ''
  /** In the order in which they came. */
  readonly members = new Map<string, Member>()
  /** Who was given an id and has yet to join with it. */
  readonly pending = new Map<string, Deadline>()
  /** Who has yet to ask for the assignment of this generation. */
  readonly unsynced = new Set<Member>()
  readonly #statics = new Map<string, Member>()
  #topics: ReadonlySet<string> | undefined

  constructor(groupId: string, now: number) {
    this.groupId = groupId
    this.stateTimestamp = now
  }

  transitionTo(state: GroupState): void {
    this.previousState = this.state
    this.state = state
    this.stateTimestamp = Date.now()
  }

  get canRebalance(): boolean {
    return settled.includes(this.state)
  }

  /** The longest that one of the members asks for. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const { terms } of this.members.values()) {
      longest = Math.max(longest, terms.rebalanceTimeoutMs)
    }
    return longest
  }

  get allHaveJoined(): boolean {
    return this.pending.size === 0 && this.some(({ awaitsJoin }) => !awaitsJoin) === undefined
  }

  /** The first member of which `test` is true. */
  some(test: (member: Member) => boolean): Member | undefined {
    for (const member of this.members.values()) if (test(member)) return member
    return undefined
  }

  staticMember(groupInstanceId: string): Member | undefined {
    return this.#statics.get(groupInstanceId)
  }

  add(member: Member, protocolType: string): void {
    if (this.members.size === 0) this.protocolType = protocolType
    this.members.set(member.memberId, member)
    if (member.groupInstanceId !== null) this.#statics.set(member.groupInstanceId, member)
    if (this.leaderId === '') this.leaderId = member.memberId
    this.removePending(member.memberId)
  }

  remove(member: Member): void {
    member.session.stop()
    this.members.delete(member.memberId)
    this.unsynced.delete(member)
    const { groupInstanceId } = member
    if (groupInstanceId !== null && this.#statics.get(groupInstanceId) === member) {
      this.#statics.delete(groupInstanceId)
    }
    if (this.leaderId !== member.memberId) return
    const [next = ''] = this.members.keys()
    this.leaderId = next
  }

  removePending(memberId: string): boolean {
    this.pending.get(memberId)?.stop()
    return this.pending.delete(memberId)
  }

  /** Gives a member another id, in the same place. */
  rename(member: Member, memberId: string): void {
    const wasLeader = this.leaderId === member.memberId
    this.members.delete(member.memberId)
    member.memberId = memberId
    this.members.set(memberId, member)
    if (wasLeader) this.leaderId = memberId
  }

  /**
   * Whether someone may join who has this id, or none. During a rebalance those count that have
   * joined: a group that was allowed to be larger sheds who comes last.
   */
  hasRoomFor(memberId: string, most: number): boolean {
    if (this.state === 'Empty') return true
    const member = this.members.get(memberId)
    if (this.state !== 'PreparingRebalance') return member !== undefined || this.members.size < most
    if (member?.awaitsJoin || this.members.size < most) return true
    return [...this.members.values()].filter(({ awaitsJoin }) => awaitsJoin).length < most
  }

  /** Whether someone with these protocols could be a member. */
  accepts(protocolType: string, protocols: readonly GroupProtocol[]): boolean {
    if (this.members.size === 0) return protocolType !== '' && protocols.length > 0
    const common = this.#commonProtocols()
    return protocolType === this.protocolType && protocols.some(({ name }) => common.has(name))
  }

  /** The protocol that most members prefer among those that all of them know. */
  selectProtocol(): string {
    const candidates = this.#commonProtocols()
    const votes = new Map<string, number>()
    for (const member of this.members.values()) {
      const name = member.vote(candidates)
      votes.set(name, (votes.get(name) ?? 0) + 1)
    }
    const [best] = [...votes].reduce((most, vote) => (vote[1] > most[1] ? vote : most))
    return best
  }

  #commonProtocols(): Set<string> {
    const counts = new Map<string, number>()
    for (const { terms } of this.members.values()) {
      for (const { name } of terms.protocols) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return new Set([...counts.keys()].filter((name) => counts.get(name) === this.members.size))
  }

  /** Leads on, or hands over to a member that has joined; false where nobody has. */
  electLeader(): boolean {
    const leader = this.members.get(this.leaderId)
    const next = leader?.awaitsJoin ? leader : this.some(({ awaitsJoin }) => awaitsJoin)
    if (next !== undefined) this.leaderId = next.memberId
    return next !== undefined
  }

  startGeneration(): void {
    this.generation++
    this.unsynced.clear()
    if (this.members.size === 0) {
      this.protocolName = ''
      this.leaderId = ''
      this.transitionTo('Empty')
    } else {
      this.protocolName = this.selectProtocol()
      this.transitionTo('CompletingRebalance')
    }
    this.#topics = undefined
  }

  joinAnswer(member: Member): JoinAnswer {
    const { generation, protocolType, protocolName, leaderId } = this
    const { memberId } = member
    const members = memberId === leaderId ? this.#joinedMembers() : []
    const skipAssignment = false
    return { memberId, generation, protocolType, protocolName, leaderId, members, skipAssignment }
  }

  #joinedMembers() {
    return Array.from(this.members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadata(this.protocolName),
    }))
  }

  /** @throws DuramenError `ERR_UNKNOWN_MEMBER_ID`, `ERR_FENCED_INSTANCE_ID` */
  member(memberId: string, groupInstanceId: string | null | undefined): Member {
    if (typeof groupInstanceId === 'string') {
      const current = this.#statics.get(groupInstanceId)
      if (current !== undefined && current.memberId !== memberId) {
        const message = `another member has taken the place of static member ${groupInstanceId}`
        throw refusal('ERR_FENCED_INSTANCE_ID', this.groupId, message)
      }
      if (current === undefined) throw unknownMember(this.groupId, memberId)
    }
    const member = this.members.get(memberId)
    if (member === undefined) throw unknownMember(this.groupId, memberId)
    return member
  }

  /** @throws DuramenError `ERR_ILLEGAL_GENERATION` */
  checkGeneration(generation: number): void {
    if (generation === this.generation) return
    const message = `it is in generation ${this.generation}, and the member in ${generation}`
    throw refusal('ERR_ILLEGAL_GENERATION', this.groupId, message)
  }

  /** @throws DuramenError `ERR_INCONSISTENT_GROUP_PROTOCOL` where one is given that is not the group's */
  checkProtocol(type: string | null | undefined, name: string | null | undefined): void {
    const isType = (type ?? this.protocolType) === this.protocolType
    if (isType && (name ?? this.protocolName) === this.protocolName) return
    const message = `it uses ${this.protocolName} of type ${this.protocolType}; join again`
    throw refusal('ERR_INCONSISTENT_GROUP_PROTOCOL', this.groupId, message)
  }

  /** Whether a member consumes the topic; true of consumers whose metadata nobody can read. */
  isSubscribedTo(topic: string): boolean {
    if (this.protocolType !== consumerType || this.members.size === 0) return false
    this.#topics ??= this.#subscribedTopics()
    return this.#topics?.has(topic) ?? true
  }

  /** Whether it is known which topics the members consume. */
  get isConsumers(): boolean {
    return this.protocolType === consumerType
  }

  #subscribedTopics(): ReadonlySet<string> | undefined {
    try {
      const members = [...this.members.values()]
      const metadata = members.map((member) => member.metadata(this.protocolName))
      return new Set(metadata.flatMap((bytes) => decodeSubscription(bytes).topics))
    } catch {
      return undefined
    }
  }

  /** What is stored of it; `assignments`: those that are about to hold. */
  stored(assignments?: ReadonlyMap<string, Buffer>): StoredGroup {
    const assignmentOf = (member: Member) =>
      assignments === undefined ? member.assignment : (assignments.get(member.memberId) ?? noBytes)
    const members = Array.from(this.members.values(), (member) =>
      member.stored(this.protocolName, assignmentOf(member)),
    )
    const { protocolType, generation, stateTimestamp } = this
    const protocolName = this.protocolName || null
    const leaderId = this.leaderId || null
    return { protocolType, generation, protocolName, leaderId, stateTimestamp, members }
  }

  describe(): GroupDescription {
    const { groupId, protocolType, state, generation, leaderId } = this
    const protocolName = state === 'Stable' ? this.protocolName : ''
    const members = Array.from(this.members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: state === 'Stable' ? member.metadata(this.protocolName) : noBytes,
      assignment: state === 'Stable' ? member.assignment : noBytes,
    }))
    return { groupId, protocolType, state, generation, protocolName, leaderId, members }
  }
}
