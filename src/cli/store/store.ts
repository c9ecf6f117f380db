import type { CodecName } from '../../compression/index.js'
import type { Appended, Columns, IsolationLevel, LogView, PartitionLog } from '../../log/index.js'
import type { RecordInput } from '../../record/index.js'

/** Where topics and groups live: a data directory, or brokers. Verbs are written once for both. */
export interface Store {
  readonly topics: TopicStore
  readonly groups: GroupStore
  close(): Promise<void>
}

export interface TopicSummary {
  readonly name: string
  /** As Kafka writes ids; null where it has none. */
  readonly id: string | null
  /** How many: they are numbered from 0. */
  readonly partitions: number
}

export interface DescribedTopic extends TopicSummary {
  /** What is no default, by Kafka's names. */
  readonly config: Readonly<Record<string, string>>
  /** What a person should know about it. */
  readonly remark?: string | undefined
}

export interface NewTopic {
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

export interface TopicAlteration {
  /** As many as this. Default: as there are. */
  readonly partitions?: number | undefined
  /** Null: back to its default. */
  readonly config: Readonly<Record<string, string | null>>
}

/** What is known of a partition; null: it is not. */
export interface PartitionState {
  readonly partition: number
  readonly logStartOffset: number
  /** Where readers end. */
  readonly logEndOffset: number
  readonly segments: number | null
  readonly bytes: number | null
}

export interface Place {
  readonly topic: string
  readonly partition: number
}

/** All fail with what stands in the way, such as `ERR_NOT_FOUND`, `ERR_LOCKED` or `ERR_CONNECTION`. */
export interface TopicStore {
  /** By name. */
  list(): Promise<readonly TopicSummary[]>
  /** The same with their configurations. */
  describe(): Promise<readonly DescribedTopic[]>
  get(name: string): Promise<DescribedTopic>
  create(name: string, topic: NewTopic): Promise<DescribedTopic>
  alter(name: string, changes: TopicAlteration): Promise<DescribedTopic>
  /** Its id. */
  delete(name: string): Promise<string | null>
  /** Of all partitions, by number. */
  states(topic: TopicSummary): Promise<readonly PartitionState[]>
  /** What `look` makes of a partition; undefined where there is no such partition. */
  look<T>(place: Place, look: (ends: PartitionEnds) => T | Promise<T>): Promise<T | undefined>
  /** All partitions, or that one. */
  openToRead(name: string, partition?: number): Promise<ReadableTopic>
  openToAppend(name: string, options: AppendOptions): Promise<AppendableTopic>
}

/** Where a partition begins and ends. */
export type PartitionEnds = Pick<
  PartitionLog,
  'topic' | 'partition' | 'logStartOffset' | 'highWatermark' | 'offsetForTimestamp'
>

export interface Reading {
  readonly maxBytes: number
  readonly isolation: IsolationLevel
  readonly signal: AbortSignal
}

export interface ReadablePartition extends PartitionEnds {
  /** Whole batches from `offset` on; an empty view where there are none yet. */
  read(offset: number, reading: Reading): Promise<LogView>
}

export interface ReadableTopic {
  readonly logs: readonly ReadablePartition[]
  /** Gives batches of all of them from `starts` on, and further ones as they come. */
  follow(
    starts: readonly number[],
    reading: Reading,
    take: (view: LogView) => Promise<void>,
  ): Promise<void>
  close(): Promise<void>
}

export interface AppendOptions {
  /** Make a topic that is missing, with one partition. */
  readonly create: boolean
  /** Only this partition. Default: all. */
  readonly partition?: number | undefined
  readonly acks: 'all' | '1' | '0'
  readonly flush: 'sync' | 'os'
  /** Most bytes of a batch, as they are wanted. */
  readonly batchSize: number
}

/** A partition to append to; what is given may change once a call has returned. */
export interface AppendablePartition {
  readonly partition: number
  append(
    records: readonly RecordInput[],
    options?: { readonly compression: CodecName },
  ): Promise<Appended>
  appendColumns(columns: Columns): Promise<Appended>
}

export interface AppendableTopic {
  readonly logs: readonly AppendablePartition[]
  /** Whether the topic was made just now. */
  readonly created: boolean
  /** Of a batch. */
  readonly maxMessageBytes: number
  /** How many batches to have under way; Infinity to wait for none. */
  readonly mostInFlight: number
  /** Resolves once all is where it was promised to be. */
  close(): Promise<void>
}

export interface GroupMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly assignment: Buffer
}

export interface GroupSummary {
  readonly groupId: string
  /** As Kafka names it. */
  readonly state: string
  /** The assignor; empty where there is none. */
  readonly protocolName: string
  /** Null where nobody says. */
  readonly members: readonly GroupMember[] | null
}

export interface Committed extends Place {
  readonly offset: number
}

export interface DescribedGroup extends GroupSummary {
  /** How many generations it has had; null where nobody says. */
  readonly generation: number | null
  readonly offsets: readonly Committed[]
}

export interface GroupStore {
  /** By name. */
  list(): Promise<readonly GroupSummary[]>
  /** @throws DuramenError `ERR_GROUP_ID_NOT_FOUND` */
  get(groupId: string): Promise<DescribedGroup>
  /** For a group that has no members. @throws DuramenError `ERR_NON_EMPTY_GROUP` */
  commit(groupId: string, offsets: readonly Committed[]): Promise<void>
  /** @throws DuramenError `ERR_NON_EMPTY_GROUP`, `ERR_GROUP_ID_NOT_FOUND` */
  delete(groupId: string): Promise<void>
}
