import { setMaxListeners } from 'node:events'
import { logOptions } from '../../config/log-options.js'
import { changedOverrides, kafkaConfig } from '../../config/topic-config.js'
import type { LogView, PartitionLog } from '../../log/index.js'
import {
  closeAll,
  makeDataDirectory,
  openTopic,
  preparePartitions,
  type Topic,
  TopicCatalog,
} from '../../topic/index.js'
import { checkTopicName } from '../../topic/topic-name.js'
import { noteFindings } from '../note-findings.js'
import { readPartition } from './read-partition.js'
import type {
  AppendableTopic,
  AppendOptions,
  DescribedTopic,
  NewTopic,
  PartitionEnds,
  PartitionState,
  Place,
  ReadableTopic,
  Reading,
  TopicAlteration,
  TopicStore,
  TopicSummary,
} from './store.js'
import { unapplied } from './unapplied.js'

/** The topics of a data directory; what only reads works beside a running owner. */
export class DirectoryTopics implements TopicStore {
  readonly #dir: string
  readonly #note: (message: string) => void

  constructor(dir: string, note: (message: string) => void) {
    this.#dir = dir
    this.#note = note
  }

  async list(): Promise<readonly TopicSummary[]> {
    return (await this.#reader()).list()
  }

  async describe(): Promise<readonly DescribedTopic[]> {
    return (await this.#reader()).list().map(described)
  }

  async get(name: string): Promise<DescribedTopic> {
    return described((await this.#reader()).get(name))
  }

  #reader(): Promise<TopicCatalog> {
    return TopicCatalog.open(this.#dir, { readOnly: true })
  }

  async create(name: string, { partitions, config }: NewTopic): Promise<DescribedTopic> {
    // Before a directory is made for nothing.
    checkTopicName(name)
    changedOverrides({}, config)
    await makeDataDirectory(this.#dir)
    return this.#change(async (catalog) => catalog.create(name, { partitions, config }))
  }

  async alter(name: string, { partitions, config }: TopicAlteration): Promise<DescribedTopic> {
    // Before anything is written there, or half of it is done.
    changedOverrides((await this.#reader()).get(name).config, config)
    return this.#change(async (catalog) => {
      if (partitions !== undefined) await catalog.addPartitions(name, partitions)
      return catalog.alter(name, config)
    })
  }

  async #change(change: (catalog: TopicCatalog) => Promise<Topic>): Promise<DescribedTopic> {
    const catalog = await TopicCatalog.open(this.#dir)
    try {
      const topic = await change(catalog)
      await preparePartitions(this.#dir, topic, [...Array(topic.partitions).keys()])
      return described(topic)
    } finally {
      await catalog.close()
    }
  }

  async delete(name: string): Promise<string> {
    // Before anything is written there.
    const { id } = (await this.#reader()).get(name)
    const catalog = await TopicCatalog.open(this.#dir)
    try {
      await catalog.delete(name)
      return id
    } finally {
      await catalog.close()
    }
  }

  async states({ name: topic, partitions }: TopicSummary): Promise<readonly PartitionState[]> {
    const states: PartitionState[] = []
    for (let partition = 0; partition < partitions; partition++) {
      const state = await readPartition(this.#dir, { topic, partition }, stateOf)
      // Of one that has no directory yet, the same as of an empty one.
      const empty = { partition, logStartOffset: 0, logEndOffset: 0, segments: 0, bytes: 0 }
      states.push(state ?? empty)
    }
    return states
  }

  async look<T>(
    place: Place,
    look: (ends: PartitionEnds) => T | Promise<T>,
  ): Promise<T | undefined> {
    const count = (await this.#reader()).find(place.topic)?.partitions ?? 0
    if (place.partition >= count) return undefined
    return (await readPartition(this.#dir, place, look)) ?? look(emptyEnds(place))
  }

  async openToRead(name: string, partition?: number): Promise<ReadableTopic> {
    const { logs } = await openTopic(this.#dir, name, { partition, log: { readOnly: true } })
    for (const log of logs) noteFindings(log, this.#note)
    return {
      logs,
      follow: (starts, reading, take) => followAll(logs, starts, reading, take),
      close: () => closeAll(logs),
    }
  }

  async openToAppend(name: string, options: AppendOptions): Promise<AppendableTopic> {
    const { create, partition, flush, batchSize } = options
    const { logs, created } = await openTopic(this.#dir, name, {
      create,
      partition,
      // Else what the topic's configuration says.
      log: { flush, maxMessageBytes: batchSize > usualBatch ? batchSize : undefined },
    })
    const [{ options: log }] = logs as [PartitionLog]
    const maxMessageBytes = Math.min(log.maxMessageBytes, log.segmentBytes)
    for (const log of logs) noteFindings(log, this.#note)
    const mostInFlight = batchesInFlight(options)
    return { logs, created, maxMessageBytes, mostInFlight, close: () => closeAll(logs) }
  }
}

// A batch that takes up to this much is what consumers of the log expect.
const usualBatch = logOptions.maxMessageBytes.default

// Enough for a flush to cover several, and few enough to bound what is lost when one fails.
const inFlight = 16

function batchesInFlight({ acks, flush }: AppendOptions): number {
  if (acks !== 'all') return Number.POSITIVE_INFINITY
  return flush === 'sync' ? inFlight : 0
}

function described(topic: Topic): DescribedTopic {
  const { name, id, partitions, config } = topic
  return {
    name,
    id,
    partitions,
    config: kafkaConfig(config),
    remark: unapplied(name, config.cleanupPolicy),
  }
}

function stateOf(log: PartitionLog): PartitionState {
  const { partition, logStartOffset, highWatermark: logEndOffset, info } = log
  const { segmentCount: segments, logBytes: bytes } = info
  return { partition, logStartOffset, logEndOffset, segments, bytes }
}

/** Of a partition that has no directory yet. */
function emptyEnds(place: Place): PartitionEnds {
  return { ...place, logStartOffset: 0, highWatermark: 0, offsetForTimestamp: async () => null }
}

/** Each partition by itself; the first failure ends all. */
async function followAll(
  logs: readonly PartitionLog[],
  starts: readonly number[],
  { signal: stop, ...reading }: Reading,
  take: (view: LogView) => Promise<void>,
): Promise<void> {
  const done = new AbortController()
  const signal = AbortSignal.any([stop, done.signal])
  // Each partition listens, and more than ten would be taken for a leak.
  setMaxListeners(0, signal)
  const follow = async (log: PartitionLog, start: number) => {
    for await (const view of log.tail(start, { ...reading, signal })) await take(view)
  }
  try {
    await Promise.all(logs.map((log, i) => follow(log, starts[i] as number)))
  } finally {
    done.abort()
  }
}
