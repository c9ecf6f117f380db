import { DuramenError } from '../errors.js'
import type { LogView, OffsetAndTimestamp } from '../log/index.js'
import { apis, errorCodes } from '../protocol/index.js'
import { brokerError } from './broker-error.js'
import type { ClusterClient } from './cluster-client.js'
import {
  type Fetched,
  type FetchOptions,
  fetchedOf,
  fetchRequest,
  lastFetchWithNames,
} from './fetch.js'
import { PartitionLeader } from './partition-leader.js'

export interface RemoteReadOptions extends FetchOptions {
  readonly signal?: AbortSignal
}

const earliest = -2
const latest = -1

/** A partition of a topic on a broker, read by Kafka's protocol. */
export class RemoteLog {
  readonly topic: string
  readonly partition: number
  readonly leader: PartitionLeader
  #logStartOffset = 0
  #highWatermark = 0

  private constructor(leader: PartitionLeader) {
    this.topic = leader.topic
    this.partition = leader.partition
    this.leader = leader
  }

  /**
   * The partitions of a topic, or one of them.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, `ERR_BROKER`, `ERR_CONNECTION`, `ERR_BAD_ANSWER`
   */
  static async open(cluster: ClusterClient, topic: string, only?: number): Promise<RemoteLog[]> {
    const { partitions } = await cluster.topic(topic)
    const wanted = partitions.filter(({ partition }) => only === undefined || partition === only)
    if (wanted.length === 0) throw noPartition(topic, only, partitions.length)
    const logs = wanted.map(
      ({ partition, leader }) =>
        new RemoteLog(new PartitionLeader(cluster, topic, partition, leader)),
    )
    await Promise.all(logs.map((log) => log.refresh()))
    return logs
  }

  /** When it was last heard of, as all below. */
  get logStartOffset(): number {
    return this.#logStartOffset
  }

  get highWatermark(): number {
    return this.#highWatermark
  }

  /** Asks where the partition begins and ends. */
  async refresh(): Promise<void> {
    const [start, end] = await Promise.all([this.#listOffset(earliest), this.#listOffset(latest)])
    if (start.offset < 0 || end.offset < start.offset) {
      throw this.leader.bad(`has it begin at ${start.offset} and end at ${end.offset}`)
    }
    this.#logStartOffset = start.offset
    this.#highWatermark = end.offset
  }

  /** The first record whose timestamp is at least `timestamp`; null where there is none. */
  async offsetForTimestamp(timestamp: number): Promise<OffsetAndTimestamp | null> {
    const found = await this.#listOffset(timestamp)
    return found.offset < 0 ? null : found
  }

  #listOffset(timestamp: number): Promise<OffsetAndTimestamp> {
    const { topic, partition, leader } = this
    const partitions = [{ partitionIndex: partition, timestamp }]
    const body = { replicaId: -1, topics: [{ name: topic, partitions }] }
    return leader.ask(apis.listOffsets, body, ({ topics }) => {
      const found = topics
        .find(({ name }) => name === topic)
        ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
      if (found === undefined) throw leader.bad('does not mention it')
      if (found.errorCode !== errorCodes.none) throw brokerError(found.errorCode, leader.name)
      if (Number.isSafeInteger(found.offset)) return found
      throw leader.bad(`has offset ${found.offset}`)
    })
  }

  /**
   * Batches from the one that holds `offset` on; an empty view where there are none yet.
   *
   * @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE`, `ERR_CORRUPT_BATCH`, `ERR_BROKER`, `ERR_CONNECTION`,
   * `ERR_BAD_ANSWER`; and `signal.reason`
   */
  async read(offset: number, { signal, ...options }: RemoteReadOptions = {}): Promise<LogView> {
    const wanted = { leader: this.leader, offset }
    const fetched = await this.leader.ask(
      apis.fetch,
      fetchRequest([wanted], options),
      (answer) => fetchedOf(answer, wanted),
      { latest: lastFetchWithNames, waitMs: options.maxWaitMs ?? 0, signal },
    )
    return this.took(fetched)
  }

  /** Learns what was said beside the batches. */
  took({ view, logStartOffset, highWatermark }: Fetched): LogView {
    this.#logStartOffset = Math.max(this.#logStartOffset, logStartOffset)
    this.#highWatermark = Math.max(this.#highWatermark, highWatermark)
    return view
  }

  /** As logs have it; there is nothing to close. */
  async close(): Promise<void> {}
}

function noPartition(topic: string, partition: number | undefined, count: number): DuramenError {
  const message = `${topic} has no partition ${partition ?? 0}; it has 0 to ${count - 1}`
  return new DuramenError('ERR_NOT_FOUND', message, { topic, partition })
}
