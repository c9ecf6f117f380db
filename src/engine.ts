import type { EngineOptions } from './config/engine-config.js'
import type { GroupOptions } from './config/group-config.js'
import type { TopicOverrides } from './config/topic-config.js'
import { Consumer, type ConsumerOptions, type TopicPartition } from './consumer/index.js'
import { announceFailure } from './engine/announce-failure.js'
import { deleteRecords } from './engine/delete-records.js'
import { LazyCoordinator } from './engine/lazy-coordinator.js'
import { type CheckedOptions, checkedOpenOptions, type OpenOptions } from './engine/open-options.js'
import { unlessThere } from './engine/unless-there.js'
import { DuramenError } from './errors.js'
import type { GroupCoordinator } from './group/index.js'
import type { PartitionLog } from './log/index.js'
import { checkedPath } from './log/names.js'
import type { OffsetAndTimestamp } from './log/timestamp.js'
import { BatchIntake, Producer, ProducerIds, type ProducerOptions } from './producer/index.js'
import type { BytesInput } from './record/index.js'
import { Retention } from './retention/retention.js'
import {
  type AlterOptions,
  makeDataDirectory,
  type NewTopic,
  type Topic,
  TopicCatalog,
  type TopicChanges,
} from './topic/index.js'
import { OpenTopics } from './topic/open-topics.js'
import { checkDeletable, checkWritable, offsetsTopic } from './topic/topic-name.js'

/**
 * Opens a data directory, made when missing: topics, producers, consumers and groups in this process.
 *
 * @throws DuramenError `ERR_LOCKED`, `ERR_INVALID_OPTION`, `ERR_CORRUPT_CATALOG`, `ERR_CORRUPT_LOG`,
 * `ERR_NOT_FOUND`, `ERR_NOT_A_DIRECTORY`, `ERR_FOREIGN_DIRECTORY`, `ERR_ACCESS`, `ERR_READ_ONLY`,
 * `ERR_NO_SPACE`, `ERR_IO`
 */
export async function open(directory: string, options: OpenOptions = {}): Promise<Engine> {
  const checked = checkedOpenOptions(options)
  const path = checkedPath(directory)
  if (checked.options.create) await makeDataDirectory(path)
  return new Engine(await TopicCatalog.open(path), checked)
}

export type { OpenOptions }

/** A data directory and all that is done with it; made by `open`. */
export class Engine {
  readonly options: Readonly<EngineOptions>
  readonly groupOptions: Readonly<GroupOptions>
  /** What topics have that do not say otherwise, where it is not Kafka's default. */
  readonly topicDefaults: TopicOverrides
  /** Checks batches that were made elsewhere, before their logs append them. */
  readonly intake: BatchIntake
  readonly #catalog: TopicCatalog
  readonly #topics: OpenTopics
  readonly #producerIds: ProducerIds
  readonly #producers = new Set<Pick<Producer, 'close'>>()
  readonly #consumers = new Set<Pick<Consumer, 'close' | 'subscription'>>()
  readonly #retention: Retention
  readonly #coordinator: LazyCoordinator
  #closed: Promise<void> | undefined

  /** Engines come from `open`. */
  constructor(catalog: TopicCatalog, { options, groupOptions, topicDefaults }: CheckedOptions) {
    this.options = options
    this.groupOptions = groupOptions
    this.topicDefaults = topicDefaults
    this.intake = new BatchIntake(topicDefaults)
    this.#catalog = catalog
    this.#topics = new OpenTopics(catalog, { ...options, topicDefaults })
    this.#producerIds = new ProducerIds(catalog.directory)
    const openOffsets = (number: number) => this.#topics.openPartition(offsetsTopic, number)
    this.#coordinator = new LazyCoordinator(catalog, openOffsets, groupOptions)
    const seams = {
      directory: catalog.directory,
      topicDefaults,
      topics: () => catalog.list(),
      opened: (topic: string, partition: number) => this.#topics.opened(topic, partition),
      openPartition: (topic: string, partition: number) => this.log(topic, partition),
      onError: announceFailure,
    }
    this.#retention = new Retention(seams, options.retentionCheckIntervalMs)
  }

  get directory(): string {
    return this.#catalog.directory
  }

  /** All topics, internal ones too, by name. */
  topics(): readonly Topic[] {
    return this.#catalog.list()
  }

  /** @throws DuramenError `ERR_NOT_FOUND` */
  topic(name: string): Topic {
    return this.#catalog.get(name)
  }

  /** Undefined where there is none of that name. */
  findTopic(name: string): Topic | undefined {
    return this.#catalog.find(name)
  }

  /** Undefined where there is none with that id. */
  findTopicById(id: string): Topic | undefined {
    return this.#catalog.findById(id)
  }

  /**
   * Durable when it resolves.
   *
   * @throws DuramenError `ERR_TOPIC_EXISTS`, `ERR_INVALID_TOPIC`, `ERR_INVALID_PARTITIONS`, `ERR_INVALID_OPTION`,
   * `ERR_NO_SPACE`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  async createTopic(name: string, options: NewTopic = {}): Promise<Topic> {
    this.#checkOpen()
    const { partitions = this.options.numPartitions } = options
    const topic = await this.#catalog.create(name, { ...options, partitions })
    if (!options.validateOnly) this.#topicsChanged()
    return topic
  }

  /**
   * Changes configurations; null takes one back to its default, and a function is given the topic as
   * it is when its turn has come. When it resolves they are durable, and logs that are open go by them.
   *
   * @throws DuramenError as `TopicCatalog.alter`
   */
  async alterTopic(name: string, changes: TopicChanges, options?: AlterOptions): Promise<Topic> {
    const topic = await this.#catalog.alter(name, changes, options)
    await this.#topics.altered(name)
    return topic
  }

  /** @throws DuramenError as `TopicCatalog.addPartitions` */
  async addPartitions(name: string, total: number, options?: AlterOptions): Promise<Topic> {
    const topic = await this.#catalog.addPartitions(name, total, options)
    if (options?.validateOnly) return topic
    this.#topics.grown(name)
    this.#topicsChanged()
    return topic
  }

  /**
   * Deletes a topic and its records; views of them that were read stay valid. With an id only the
   * topic that has it.
   *
   * @throws DuramenError as `TopicCatalog.delete`, `ERR_INVALID_ARGUMENT` for `__consumer_offsets`
   */
  async deleteTopic(name: string, id?: string): Promise<void> {
    checkDeletable(name)
    const closeLogs = async () => {
      await this.#forgetOffsets(name)
      for (const { subscription } of this.#consumers) subscription?.topicDeleted(name)
      // What goes need not be sound, or closed cleanly.
      await this.#topics.close(name).catch(() => {})
    }
    await this.#catalog.delete(name, closeLogs, id)
    this.#topicsChanged()
  }

  /** Else a topic that is made under that name would be read from where groups stood in this one. */
  async #forgetOffsets(topic: string): Promise<void> {
    if (this.#catalog.find(offsetsTopic)) await (await this.groups()).forgetTopic(topic)
  }

  /** Bytes of a partition's batches; those of one that is not open, as its files say. @throws nothing */
  partitionBytes({ topic, partition }: TopicPartition): Promise<number> {
    return this.#topics.partitionBytes(topic, partition)
  }

  /**
   * Deletes the records of a partition that lie below `offset`, at most the high watermark (-1 stands
   * for it); the log start offset then. @throws DuramenError `ERR_NOT_FOUND`, `ERR_OFFSET_OUT_OF_RANGE`, `ERR_INVALID_TOPIC`, `ERR_POLICY_VIOLATION`, `ERR_IO`
   */
  async deleteRecords({ topic, partition }: TopicPartition, offset: number): Promise<number> {
    const log = await this.log(topic, partition)
    return deleteRecords(log, { ...this.topicDefaults, ...this.topic(topic).config }, offset)
  }

  /**
   * Deletes now what retention does not keep, which is else done every `retentionCheckIntervalMs`.
   * Failures are told on the diagnostics channel `duramen:retention:failed`.
   */
  applyRetention(): Promise<void> {
    this.#checkOpen()
    return this.#retention.run()
  }

  /** The log of a partition, opened when it is not. @throws DuramenError `ERR_NOT_FOUND`, and what opening it throws */
  async log(topic: string, partition: number): Promise<PartitionLog> {
    this.#checkOpen()
    return this.#topics.openPartition(topic, partition)
  }

  /** The same where it is open already; else undefined. */
  openLog(topic: string, partition: number): PartitionLog | undefined {
    return this.#topics.found(topic, partition)
  }

  /** Of all partitions; of logs that are not open as their files say. */
  leaderEpochs(topic: Topic): readonly number[] | Promise<readonly number[]> {
    return this.#topics.leaderEpochs(topic)
  }

  /** @throws DuramenError `ERR_INVALID_OPTION`, `ERR_CLOSED` */
  producer<K = BytesInput, V = BytesInput>(
    options: Partial<ProducerOptions<K, V>> = {},
  ): Producer<K, V> {
    this.#checkOpen()
    const topics = {
      find: (name: string) => this.#topics.find(name),
      open: (name: string) => this.#openForProducer(name),
      producerId: () => this.#producerIds.next(),
      closed: () => void this.#producers.delete(producer),
    }
    const producer: Producer<K, V> = new Producer(topics, options)
    this.#producers.add(producer)
    return producer
  }

  /** An id for a producer that numbers its batches: given once, for good. @throws as `ProducerIds.next` */
  nextProducerId(): Promise<number> {
    this.#checkOpen()
    return this.#producerIds.next()
  }

  async #openForProducer(name: string): Promise<readonly PartitionLog[]> {
    checkWritable(name)
    if (this.options.autoCreateTopics && this.#catalog.find(name) === undefined) {
      await unlessThere(this.createTopic(name))
    }
    return this.#topics.open(name)
  }

  /** @throws DuramenError `ERR_INVALID_OPTION`, `ERR_CLOSED` */
  consumer<K = Buffer, V = Buffer>(options: Partial<ConsumerOptions<K, V>> = {}): Consumer<K, V> {
    this.#checkOpen()
    const seams = {
      topicNames: () => this.#catalog.list().map(({ name }) => name),
      partitionCount: (name: string) => this.#catalog.find(name)?.partitions,
      openPartition: (name: string, partition: number) => this.log(name, partition),
      coordinator: () => this.groups(),
      closed: () => void this.#consumers.delete(consumer),
    }
    const consumer: Consumer<K, V> = new Consumer(seams, options)
    this.#consumers.add(consumer)
    return consumer
  }

  /** What leads the groups; loaded with the first call. @throws DuramenError what opening its logs throws */
  groups(): Promise<GroupCoordinator> {
    this.#checkOpen()
    return this.#coordinator.get()
  }

  /** The first record of a partition whose timestamp is at least `timestamp`; null without one. */
  async offsetForTimestamp(
    { topic, partition }: TopicPartition,
    timestamp: number,
  ): Promise<OffsetAndTimestamp | null> {
    return (await this.log(topic, partition)).offsetForTimestamp(timestamp)
  }

  #topicsChanged(): void {
    for (const { subscription } of this.#consumers) subscription?.topicsChanged()
  }

  #checkOpen(): void {
    if (this.#closed === undefined) return
    throw new DuramenError('ERR_CLOSED', 'the engine is closed; open it again')
  }

  /**
   * Closes producers, which send what they have, consumers, which commit and leave their groups, and
   * all logs. @throws what the first of these does that fails to close
   */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#retention.stop()
    const closed = [
      ...(await Promise.allSettled([...this.#producers].map((producer) => producer.close()))),
      ...(await Promise.allSettled([...this.#consumers].map((consumer) => consumer.close()))),
    ]
    await this.#coordinator.close()
    closed.push(...(await Promise.allSettled([this.#topics.closeAll()])))
    await this.#catalog.close()
    for (const one of closed) if (one.status === 'rejected') throw one.reason
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
