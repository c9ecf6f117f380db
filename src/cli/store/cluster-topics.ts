import {
  addPartitions,
  alterTopicConfig,
  type ClusterClient,
  configDocumentation,
  createTopic,
  deleteTopic,
  follow,
  newProducerId,
  PartitionLeader,
  partitionSizes,
  RemoteLog,
  type TopicMetadata,
  topicConfigs,
} from '../../client/index.js'
import { DuramenError } from '../../errors.js'
import { isGone } from '../../log/files/system-error.js'
import { noPartition } from '../../topic/no-partition.js'
import { RemotePartition } from './remote-partition.js'
import type {
  AppendableTopic,
  AppendOptions,
  DescribedTopic,
  NewTopic,
  PartitionEnds,
  PartitionState,
  Place,
  ReadableTopic,
  TopicAlteration,
  TopicStore,
  TopicSummary,
} from './store.js'
import { unapplied } from './unapplied.js'

/** The topics of a cluster of brokers. */
export class ClusterTopics implements TopicStore {
  readonly #cluster: ClusterClient

  readonly #note: (message: string) => void

  constructor(cluster: ClusterClient, note: (message: string) => void) {
    this.#cluster = cluster
    this.#note = note
  }

  async list(): Promise<readonly TopicSummary[]> {
    return (await this.#cluster.topics()).map(summary)
  }

  async describe(): Promise<readonly DescribedTopic[]> {
    return this.#withConfigs(await this.list())
  }

  async get(name: string): Promise<DescribedTopic> {
    const [topic] = await this.#withConfigs([summary(await this.#cluster.topic(name))])
    return this.#withRemark(topic as DescribedTopic)
  }

  async #withConfigs(topics: readonly TopicSummary[]): Promise<DescribedTopic[]> {
    const names = topics.map(({ name }) => name)
    const configs = await topicConfigs(this.#cluster, names, { onlyOwn: true })
    return topics.map((topic) => ({ ...topic, config: configs.get(topic.name) ?? {} }))
  }

  async create(name: string, topic: NewTopic): Promise<DescribedTopic> {
    await createTopic(this.#cluster, name, topic)
    return this.#withRemark({ ...summary(await this.#cluster.topic(name)), config: topic.config })
  }

  /** Only brokers that say so themselves: Kafka's do compact. */
  async #withRemark(topic: DescribedTopic): Promise<DescribedTopic> {
    const policy = 'cleanup.policy'
    const remark = unapplied(
      topic.name,
      topic.config[policy]?.split(',').map((one) => one.trim()),
    )
    if (remark === undefined) return topic
    // The topic is as it was asked for, whether the broker says more about it or not.
    const said = await configDocumentation(this.#cluster, topic.name, policy).catch(() => '')
    return said.includes('not applied yet') ? { ...topic, remark } : topic
  }

  async alter(name: string, { partitions, config }: TopicAlteration): Promise<DescribedTopic> {
    await this.#cluster.topic(name)
    // Before half of it is done.
    await alterTopicConfig(this.#cluster, name, config, { validateOnly: true })
    if (partitions !== undefined) await addPartitions(this.#cluster, name, partitions)
    await alterTopicConfig(this.#cluster, name, config)
    return this.get(name)
  }

  async delete(name: string): Promise<string | null> {
    const { id } = await this.#cluster.topic(name)
    await deleteTopic(this.#cluster, name)
    return id
  }

  async states({ name, partitions }: TopicSummary): Promise<readonly PartitionState[]> {
    const logs = await RemoteLog.open(this.#cluster, name)
    const numbers = Array.from({ length: partitions }, (_, number) => number)
    const sizes = await partitionSizes(this.#cluster, name, numbers)
    return logs.map(({ partition, logStartOffset, highWatermark: logEndOffset }) => {
      const bytes = sizes.get(partition) ?? null
      return { partition, logStartOffset, logEndOffset, segments: null, bytes }
    })
  }

  async look<T>(
    { topic, partition }: Place,
    look: (ends: PartitionEnds) => T | Promise<T>,
  ): Promise<T | undefined> {
    try {
      const [log] = await RemoteLog.open(this.#cluster, topic, partition)
      return await look(log as RemoteLog)
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  async openToRead(name: string, partition?: number): Promise<ReadableTopic> {
    const logs = await RemoteLog.open(this.#cluster, name, partition)
    return {
      logs,
      follow: (starts, reading, take) =>
        follow(logs, starts, { ...reading, note: this.#note }, take),
      close: async () => {},
    }
  }

  async openToAppend(name: string, options: AppendOptions): Promise<AppendableTopic> {
    const acks = options.acks === 'all' ? -1 : Number(options.acks) === 1 ? 1 : 0
    const { topic, created } = await this.#found(name, options.create)
    const wanted = topic.partitions.filter(
      ({ partition }) => options.partition === undefined || partition === options.partition,
    )
    if (wanted.length === 0)
      throw noPartition(name, options.partition ?? 0, topic.partitions.length)
    // Without one, what fails on the way might be stored twice if it were sent again.
    const id = acks === -1 ? await newProducerId(this.#cluster) : undefined
    const logs = wanted.map(
      ({ partition, leader }) =>
        new RemotePartition(new PartitionLeader(this.#cluster, name, partition, leader), acks, id),
    )
    const maxMessageBytes = await this.#maxMessageBytes(name)
    const close = async () => void (await Promise.all(logs.map((log) => log.close())))
    return { logs, created, maxMessageBytes, mostInFlight: inFlight, close }
  }

  async #found(name: string, create: boolean): Promise<{ topic: TopicMetadata; created: boolean }> {
    try {
      return { topic: await this.#cluster.topic(name), created: false }
    } catch (error) {
      if (!isGone(error) || !create) throw error
    }
    const created = await createTopic(this.#cluster, name, { partitions: 1, config: {} }).then(
      () => true,
      (error) => {
        // Somebody else was faster.
        if (error instanceof DuramenError && error.code === 'ERR_TOPIC_EXISTS') return false
        throw error
      },
    )
    return { topic: await this.#cluster.topic(name, 1), created }
  }

  async #maxMessageBytes(name: string): Promise<number> {
    try {
      const configs = await topicConfigs(this.#cluster, [name], { onlyOwn: false })
      return Number(configs.get(name)?.['max.message.bytes']) || usualMaxMessageBytes
    } catch (error) {
      // A broker need not say it, nor to everyone.
      if (error instanceof DuramenError && !error.retriable) return usualMaxMessageBytes
      throw error
    }
  }
}

/** Kafka's default of `max.message.bytes`. */
const usualMaxMessageBytes = 1_048_588
/** Batches, of all partitions: each has some under way, and some are being compressed. */
const inFlight = 16

function summary({ name, id, partitions }: TopicMetadata): TopicSummary {
  return { name, id, partitions: partitions.length }
}
