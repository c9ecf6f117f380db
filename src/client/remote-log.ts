import { DuramenError } from '../errors.js'
import { type IsolationLevel, LogView, type OffsetAndTimestamp } from '../log/index.js'
import {
  type AnyApi,
  apis,
  errorCodes,
  type RequestInput,
  type ResponseOf,
} from '../protocol/index.js'
import type { AbortedTransaction } from '../record/index.js'
import { brokerError } from './broker-error.js'
import type { ClientConnection } from './client-connection.js'
import type { ClusterClient } from './cluster-client.js'
import { retrying } from './retrying.js'
import { type WholeBatches, wholeBatches } from './whole-batches.js'

export interface RemoteReadOptions {
  /** About as many; at least one batch. Default 1 MiB. */
  readonly maxBytes?: number
  readonly isolation?: IsolationLevel
  /** How long the broker may wait until there is something. Default 0. */
  readonly maxWaitMs?: number
}

/** As the first of them in which partitions are named by ids, which not all brokers know. */
const lastFetchWithNames = 12
const earliest = -2
const latest = -1

/** A partition of a topic on a broker, read and written by Kafka's protocol. */
export class RemoteLog {
  readonly topic: string
  readonly partition: number
  readonly #cluster: ClusterClient
  #leader: number
  #logStartOffset = 0
  #highWatermark = 0

  private constructor(cluster: ClusterClient, topic: string, partition: number, leader: number) {
    this.#cluster = cluster
    this.topic = topic
    this.partition = partition
    this.#leader = leader
  }

  /** @throws DuramenError `ERR_NOT_FOUND`, `ERR_BROKER`, `ERR_CONNECTION` */
  static async open(cluster: ClusterClient, topic: string, partition: number): Promise<RemoteLog> {
    const { partitions } = await cluster.topic(topic)
    const found = partitions.find((one) => one.partition === partition)
    if (found === undefined) {
      throw new DuramenError(
        'ERR_NOT_FOUND',
        `${topic} has no partition ${partition}; it has ${partitions.length}`,
      )
    }
    const log = new RemoteLog(cluster, topic, partition, found.leader)
    await log.refresh()
    return log
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
    this.#logStartOffset = (await this.#listOffset(earliest)).offset
    this.#highWatermark = (await this.#listOffset(latest)).offset
  }

  /** The first record whose timestamp is at least `timestamp`; null where there is none. */
  async offsetForTimestamp(timestamp: number): Promise<OffsetAndTimestamp | null> {
    const found = await this.#listOffset(timestamp)
    return found.offset < 0 ? null : found
  }

  async #listOffset(timestamp: number): Promise<OffsetAndTimestamp> {
    const { topic, partition } = this
    const partitions = [{ partitionIndex: partition, timestamp }]
    const found = await this.#ask(
      apis.listOffsets,
      { replicaId: -1, topics: [{ name: topic, partitions }] },
      ({ topics: [first] }) => first?.partitions[0],
    )
    return found
  }

  /**
   * Batches from the one that holds `offset` on; an empty view where there are none yet.
   *
   * @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE`, `ERR_CORRUPT_BATCH`, `ERR_BROKER`, `ERR_CONNECTION`
   */
  async read(offset: number, options: RemoteReadOptions = {}): Promise<LogView> {
    const { maxBytes = 1024 * 1024, isolation, maxWaitMs = 0 } = options
    const { topic, partition } = this
    const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }]
    const isolationLevel = isolation === 'read_committed' ? 1 : 0
    const answer = await this.#ask(
      apis.fetch,
      { maxWaitMs, minBytes: 1, maxBytes, isolationLevel, topics: [{ topic, partitions }] },
      ({ responses: [first] }) => first?.partitions[0],
      lastFetchWithNames,
    )
    this.#logStartOffset = Math.max(this.#logStartOffset, answer.logStartOffset)
    this.#highWatermark = answer.highWatermark
    const whole = wholeBatches(answer.records, offset, this)
    const { size, baseOffset, nextOffset } = whole
    const abortedTransactions = transactions(answer.abortedTransactions ?? [], whole)
    const place = { topic, partition, fromOffset: offset, baseOffset, nextOffset }
    return new LogView(answer.records, 0, size, { ...place, abortedTransactions })
  }

  /**
   * Sends one batch; resolves with its base offset when the broker has acknowledged it.
   *
   * @throws DuramenError what the broker says, `ERR_CONNECTION`: then it may have been appended or not
   */
  async append(batch: Buffer, acks: -1 | 0 | 1): Promise<number> {
    const { topic: name, partition: index } = this
    const topicData = [{ name, partitionData: [{ index, records: batch }] }]
    const request = { acks, timeoutMs: 30_000, topicData }
    if (acks === 0) {
      const connection = await this.#connection()
      connection.tell(apis.produce, request)
      await connection.drained()
      return -1
    }
    // Not tried again: it could be there twice then.
    const answer = await (await this.#connection()).request(apis.produce, request)
    const found = answer.responses[0]?.partitionResponses[0]
    if (found === undefined) throw brokerError(errorCodes.unknownServerError, this.#name)
    if (found.errorCode === errorCodes.none) return found.baseOffset
    throw brokerError(found.errorCode, this.#name, found.errorMessage)
  }

  #connection(): Promise<ClientConnection> {
    return this.#cluster.node(this.#leader)
  }

  get #name(): string {
    return `partition ${this.partition} of ${this.topic}`
  }

  /** Asks the leader, also one that has just become it. */
  #ask<A extends AnyApi, T extends { readonly errorCode: number }>(
    api: A,
    body: RequestInput<A>,
    ofPartition: (answer: ResponseOf<A>) => T | undefined,
    latestVersion?: number,
  ): Promise<T> {
    return retrying(async () => {
      try {
        const answer = await (await this.#connection()).request(api, body, latestVersion)
        const found = ofPartition(answer)
        if (found === undefined) throw brokerError(errorCodes.unknownTopicOrPartition, this.#name)
        if (found.errorCode === errorCodes.none) return found
        throw brokerError(found.errorCode, this.#name)
      } catch (error) {
        if (error instanceof DuramenError && error.retriable) await this.#findLeader()
        throw error
      }
    })
  }

  async #findLeader(): Promise<void> {
    const { partitions } = await this.#cluster.topic(this.topic)
    const found = partitions.find(({ partition }) => partition === this.partition)
    if (found !== undefined) this.#leader = found.leader
  }
}

/** The broker says where each begins: it ends with the producer's next marker, or goes on behind. */
function transactions(
  aborted: readonly { readonly producerId: number; readonly firstOffset: number }[],
  { nextOffset, markers }: WholeBatches,
): readonly AbortedTransaction[] | undefined {
  if (aborted.length === 0) return undefined
  return aborted.map(({ producerId, firstOffset }) => {
    const end = markers.find(
      (marker) => marker.producerId === producerId && marker.baseOffset >= firstOffset,
    )
    return { producerId, firstOffset, lastOffset: end?.baseOffset ?? nextOffset - 1 }
  })
}
