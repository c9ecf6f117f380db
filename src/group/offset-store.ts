import { channel } from 'node:diagnostics_channel'
import { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import type { StoredGroup } from './group-record.js'
import { offsetsPartition } from './java-hash.js'
import { type LoadReport, loadOffsets } from './offset-loader.js'
import { OffsetPartition } from './offset-partition.js'

/** The logs of `__consumer_offsets`, which belong to whoever makes the coordinator. */
export interface OffsetLogs {
  /** How many partitions the topic has: those that were found, or `offsetsTopicNumPartitions`. */
  readonly partitions: number
  /** The log of one partition; it is asked for once, when a group of that partition is. */
  open(partition: number): Promise<PartitionLog>
}

/** What subscribers of the channel `duramen:group:loaded` are given, of a load that skipped something. */
export type GroupsLoaded = LoadReport

const loadedChannel = channel('duramen:group:loaded')

/** The partitions of `__consumer_offsets`, each loaded when it is first needed. */
export class OffsetStore {
  readonly #logs: OffsetLogs
  readonly #onLoaded: (partition: OffsetPartition, groups: ReadonlyMap<string, StoredGroup>) => void
  readonly #partitions = new Map<number, Promise<OffsetPartition>>()
  readonly #closing = new AbortController()

  /** `onLoaded` is told of each partition before anyone else. */
  constructor(
    logs: OffsetLogs,
    onLoaded: (partition: OffsetPartition, groups: ReadonlyMap<string, StoredGroup>) => void,
  ) {
    this.#logs = logs
    this.#onLoaded = onLoaded
  }

  /** The partition that a group belongs to. @throws DuramenError what opening and reading its log throws */
  async partitionOf(groupId: string): Promise<OffsetPartition> {
    return this.#partition(offsetsPartition(groupId, this.#logs.partitions))
  }

  /** All of them, one after the other: each takes a part of the time of the event loop. */
  async loadAll(): Promise<OffsetPartition[]> {
    const all: OffsetPartition[] = []
    for (let i = 0; i < this.#logs.partitions; i++) all.push(await this.#partition(i))
    return all
  }

  #partition(number: number): Promise<OffsetPartition> {
    this.#closing.signal.throwIfAborted()
    const known = this.#partitions.get(number)
    if (known !== undefined) return known
    const loading = this.#load(number)
    this.#partitions.set(number, loading)
    // What failed is tried again by whoever comes next.
    loading.catch(() => this.#partitions.delete(number))
    return loading
  }

  async #load(number: number): Promise<OffsetPartition> {
    const log = await this.#logs.open(number)
    const loaded = await loadOffsets(log, this.#closing.signal)
    const partition = new OffsetPartition(log, loaded)
    if (loaded.report.skipped.length > 0 && loadedChannel.hasSubscribers) {
      loadedChannel.publish(loaded.report satisfies GroupsLoaded)
    }
    this.#onLoaded(partition, loaded.groups)
    return partition
  }

  /** Stops loading; resolves when no log is being opened or read any more. */
  async close(): Promise<void> {
    const message = 'the group coordinator has been closed'
    this.#closing.abort(new DuramenError('ERR_COORDINATOR_CLOSED', message))
    await Promise.allSettled(this.#partitions.values())
  }
}
