import type { AppendOptions, PartitionLog } from '../log/index.js'
import type { RecordInput } from '../record/index.js'
import { encodeGroupKey, encodeGroupValue, type StoredGroup } from './group-record.js'
import type { LoadedOffsets, LoadReport } from './offset-loader.js'
import { type CommittedOffset, encodeOffsetKey, encodeOffsetValue } from './offset-record.js'
import type { OffsetTable } from './offset-table.js'
import type { TopicPartition } from './requests.js'

interface EncodedRecord extends RecordInput {
  readonly key: Buffer
  readonly value: Buffer | null
}

interface Commit {
  readonly groupId: string
  readonly offsets: readonly (readonly [TopicPartition, CommittedOffset])[]
}

// What a record takes besides key and value, and a batch besides records, at the most.
const recordOverhead = 40
const batchOverhead = 61

/** Bytes from which on a group is compressed, so that it stays below the limit of a batch. */
const largeGroup = 64 * 1024

const ignore = () => {}

/**
 * One partition of `__consumer_offsets`: what is committed is appended to its log, and shown once
 * the log has acknowledged it. It does not own the log.
 */
export class OffsetPartition {
  /** What has been acknowledged. */
  readonly offsets: OffsetTable
  readonly report: LoadReport
  readonly #log: PartitionLog
  readonly #underWay = new Set<Commit>()

  constructor(log: PartitionLog, { offsets, report }: LoadedOffsets) {
    this.#log = log
    this.offsets = offsets
    this.report = report
  }

  /** @throws DuramenError what `PartitionLog.append` throws */
  async commit(groupId: string, offsets: Commit['offsets']): Promise<void> {
    if (offsets.length === 0) return
    const records = offsets.map(([{ topic, partition }, committed]) => ({
      key: encodeOffsetKey({ groupId, topic, partition }),
      value: encodeOffsetValue(committed),
    }))
    const commit = { groupId, offsets }
    this.#underWay.add(commit)
    try {
      await this.#append(records, () => {
        for (const [{ topic, partition }, committed] of offsets) {
          this.offsets.set(groupId, topic, partition, committed)
        }
      })
    } finally {
      this.#underWay.delete(commit)
    }
  }

  /** Whether a commit of the group has yet to be acknowledged. */
  isCommitting(groupId: string): boolean {
    for (const commit of this.#underWay) if (commit.groupId === groupId) return true
    return false
  }

  /** Forgets committed offsets and, `andGroup`, the group. */
  async forget(
    groupId: string,
    partitions: readonly TopicPartition[],
    andGroup: boolean,
  ): Promise<void> {
    const records: EncodedRecord[] = partitions.map(({ topic, partition }) => ({
      key: encodeOffsetKey({ groupId, topic, partition }),
      value: null,
    }))
    if (andGroup) records.push({ key: encodeGroupKey(groupId), value: null })
    if (records.length === 0) return
    await this.#append(records, () => {
      for (const { topic, partition } of partitions) {
        this.offsets.delete(groupId, topic, partition)
      }
    })
  }

  /** Forgets a group and all of its offsets, also those that are only being committed. */
  async forgetGroup(groupId: string): Promise<void> {
    await this.forget(groupId, this.#committedBy(groupId), true)
  }

  /** Forgets what a group has committed for a topic, or is committing. */
  async forgetTopic(groupId: string, topic: string): Promise<void> {
    const places = this.#committedBy(groupId).filter((place) => place.topic === topic)
    await this.forget(groupId, places, false)
  }

  /** Also what has yet to be acknowledged: who forgets it comes behind in the log. */
  #committedBy(groupId: string): TopicPartition[] {
    const known = Array.from(this.offsets.of(groupId), ([topic, partition]) => ({
      topic,
      partition,
    }))
    const underWay = [...this.#underWay]
      .filter((commit) => commit.groupId === groupId)
      .flatMap(({ offsets }) => offsets.map(([partition]) => partition))
    return [...known, ...underWay]
  }

  /** @throws DuramenError what `PartitionLog.append` throws */
  async storeGroup(groupId: string, group: StoredGroup): Promise<void> {
    const value = encodeGroupValue(group)
    // Members that subscribe to many topics all name the same ones.
    const options = value.length > largeGroup ? ({ compression: 'lz4' } as const) : undefined
    await this.#append([{ key: encodeGroupKey(groupId), value }], ignore, options)
  }

  /**
   * `apply` runs once the log has acknowledged the records. The log does so in order, and all come
   * the same way from there, so that what is applied last is what stands last.
   */
  async #append(
    records: readonly EncodedRecord[],
    apply: () => void,
    options?: AppendOptions,
  ): Promise<void> {
    const batches = inBatches(records, this.#log.options.maxMessageBytes)
    await Promise.all(batches.map((batch) => this.#log.append(batch, options)))
    apply()
  }
}

/** Records in batches that the log takes; one that is larger by itself is left to the log to refuse. */
function inBatches(records: readonly EncodedRecord[], maxBytes: number): EncodedRecord[][] {
  const batches: EncodedRecord[][] = []
  let room = 0
  for (const record of records) {
    const size = record.key.length + (record.value?.length ?? 0) + recordOverhead
    if (batches.length === 0 || size > room) {
      batches.push([])
      room = maxBytes - batchOverhead
    }
    batches.at(-1)?.push(record)
    room -= size
  }
  return batches
}
