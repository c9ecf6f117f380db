import type { DuramenError } from '../errors.js'

// What the coordinator is asked and answers: the fields of Kafka's requests, without the versions.

/** Kafka's names, as ListGroups and DescribeGroups show them. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

/** A way of assigning that a member knows, with what it tells the leader for it. */
export interface GroupProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** Who asks, and what generation it believes to be in. */
export interface MemberRequest {
  readonly groupId: string
  readonly memberId: string
  readonly generation: number
  readonly groupInstanceId?: string | null
}

export interface JoinRequest {
  readonly groupId: string
  /** As given by the coordinator; empty, or left out, for a new member. */
  readonly memberId?: string
  /** Makes a static member, which keeps its place over a restart. */
  readonly groupInstanceId?: string | null
  readonly clientId?: string
  /** Where the client is; default: this process. */
  readonly clientHost?: string
  /** 'consumer' for consumers. */
  readonly protocolType: string
  /** In the order in which the member prefers them. */
  readonly protocols: readonly GroupProtocol[]
  /** How long it may be silent. */
  readonly sessionTimeoutMs: number
  /** How long it may take to join, or to sync, once a rebalance begins. */
  readonly rebalanceTimeoutMs: number
  /** Whether a new dynamic member has to join a second time, as of JoinGroup version 4. */
  readonly requiresMemberId?: boolean
  /**
   * Called when the member is to join again, or is none any more, which its next heartbeat would
   * also say: for members in this process, which then need not wait for that. It must not throw.
   */
  readonly onChange?: () => void
  /** Whether it understands `skipAssignment`, as of JoinGroup version 9. Default true. */
  readonly understandsSkipAssignment?: boolean
  /**
   * Aborts when nobody waits for the answer any more, as when a connection is lost; the call then
   * rejects. A member that has no id yet is out, any other has its session timeout to be heard of.
   */
  readonly signal?: AbortSignal
}

export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

export interface JoinAnswer {
  readonly memberId: string
  readonly generation: number
  readonly protocolType: string
  readonly protocolName: string
  readonly leaderId: string
  /** All of the generation, for the leader; nobody for the others. */
  readonly members: readonly JoinedMember[]
  /** Whether the leader, a static member that came back, is to send no assignment. */
  readonly skipAssignment: boolean
}

export interface MemberAssignment {
  readonly memberId: string
  readonly assignment: Buffer
}

export interface SyncRequest extends MemberRequest {
  /** Checked where given. */
  readonly protocolType?: string | null
  readonly protocolName?: string | null
  /** From the leader: for each member. */
  readonly assignments?: readonly MemberAssignment[]
  /** As of a join: aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
}

export interface SyncAnswer {
  readonly protocolType: string
  readonly protocolName: string
  /** Empty where the leader gave none. */
  readonly assignment: Buffer
}

/** By member id, or of a static member by `groupInstanceId` alone. */
export interface LeavingMember {
  readonly memberId?: string
  readonly groupInstanceId?: string | null
}

export interface LeaveRequest {
  readonly groupId: string
  readonly members: readonly LeavingMember[]
}

export interface LeaveResult extends LeavingMember {
  /** Absent where the member has left. */
  readonly error?: DuramenError
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface OffsetToCommit extends TopicPartition {
  /** The next record to consume. */
  readonly offset: number
  /** Of the last record consumed. Default -1: not known. */
  readonly leaderEpoch?: number
  /** Default none. */
  readonly metadata?: string | null
}

/** Without `memberId` and `generation`: from outside of the group, which must have no members. */
export interface CommitRequest extends Partial<MemberRequest> {
  readonly groupId: string
  readonly offsets: readonly OffsetToCommit[]
  /** After how many milliseconds they expire, as old clients say. Default: by the retention. */
  readonly retentionMs?: number
}

/** What became of one partition. */
export interface PartitionResult extends TopicPartition {
  /** Absent where it was done. */
  readonly error?: DuramenError
}

export interface FetchedOffset extends TopicPartition {
  /** -1 where none is committed. */
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface GroupListing {
  readonly groupId: string
  /** Empty where there never was a member. */
  readonly protocolType: string
  readonly state: GroupState
}

export interface DescribedMember extends JoinedMember {
  readonly clientId: string
  readonly clientHost: string
  readonly assignment: Buffer
}

export interface GroupDescription extends GroupListing {
  readonly generation: number
  /** Empty where none has been chosen, as also while a group is rebalanced. */
  readonly protocolName: string
  readonly leaderId: string
  readonly members: readonly DescribedMember[]
}
