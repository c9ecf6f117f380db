import type { FlushPolicy, LogAlterations, LogOptions } from '../config/log-options.js'
import { logOptionsOf, type TopicOverrides } from '../config/topic-config.js'
import { Limit } from '../limit.js'
import { PartitionLog } from '../log/index.js'
import type { TopicCatalog } from './catalog.js'
import type { Topic } from './catalog-file.js'
import { partitionPath } from './data-directory.js'
import { noPartition } from './no-partition.js'
import { partitionBytes } from './partition-bytes.js'
import { preparePartitions } from './partition-directory.js'
import { storedEpoch } from './stored-epoch.js'
import { closeAll } from './topic-logs.js'

/** What all logs of a data directory have in common. */
export interface SharedLogOptions
  extends Pick<LogOptions, 'recovery' | 'checkCrcs'>,
    Partial<Pick<LogOptions, 'producerIdExpirationMs'>> {
  readonly flush: FlushPolicy
  /** What topics have that do not say otherwise. */
  readonly topicDefaults?: TopicOverrides
}

// Those that are being opened have a file open: 10,000 at once failed where 1,024 are allowed, and
// what each had under way made 110 MiB of memory (Node 24) that nobody needed afterwards.
const openingAtOnce = 64

/** The logs of a catalog's topics, each opened when it is first asked for. */
export class OpenTopics {
  readonly #catalog: TopicCatalog
  readonly #options: SharedLogOptions
  readonly #logs = new Map<string, Promise<PartitionLog>[]>()
  /** Those of them that are open. */
  readonly #open = new Map<string, PartitionLog[]>()
  /** Topics of which every partition is open. */
  readonly #whole = new Map<string, readonly PartitionLog[]>()
  /** Leader epochs of those that are not open. */
  readonly #epochs = new Map<string, number[]>()
  readonly #opening = new Limit(openingAtOnce)

  constructor(catalog: TopicCatalog, options: SharedLogOptions) {
    this.#catalog = catalog
    this.#options = options
  }

  /** The logs of all partitions, by number; undefined where one is not open yet. */
  find(name: string): readonly PartitionLog[] | undefined {
    return this.#whole.get(name)
  }

  /**
   * The same, opened where they are not.
   *
   * @throws DuramenError `ERR_NOT_FOUND`, and what `PartitionLog.open` throws
   */
  async open(name: string): Promise<readonly PartitionLog[]> {
    const known = this.#whole.get(name)
    if (known !== undefined) return known
    const { partitions } = this.#catalog.get(name)
    const numbers = Array.from({ length: partitions }, (_, number) => number)
    const logs = await this.#openAll(name, numbers)
    // Somebody may have deleted it, or added to it, in the meantime.
    if (this.#catalog.get(name).partitions !== partitions) return this.open(name)
    const whole = this.#whole.get(name) ?? logs
    this.#whole.set(name, whole)
    return whole
  }

  /** The log of one partition; undefined where it is not open. */
  found(name: string, number: number): PartitionLog | undefined {
    return this.#open.get(name)?.[number]
  }

  /** The log of one partition; undefined where it is neither open nor being opened. */
  opened(name: string, number: number): Promise<PartitionLog> | undefined {
    return this.#logs.get(name)?.[number]
  }

  /** Bytes of a partition's batches; those of one that is not open, as its files say. */
  partitionBytes(name: string, number: number): Promise<number> {
    const directory = partitionPath(this.#catalog.directory, name, number)
    return partitionBytes(directory, this.opened(name, number))
  }

  /**
   * The leader epochs of all partitions; of those that are not open as their directories say, which
   * are looked at once: nothing else changes them.
   */
  leaderEpochs(topic: Topic): readonly number[] | Promise<readonly number[]> {
    const { name, partitions } = topic
    const stored = this.#epochs.get(name)
    const known = Array.from(
      { length: partitions },
      (_, number) => this.found(name, number)?.leaderEpoch ?? stored?.[number],
    )
    return known.every((epoch) => epoch !== undefined) ? known : this.#allEpochs(topic, known)
  }

  async #allEpochs(topic: Topic, known: readonly (number | undefined)[]): Promise<number[]> {
    const { name, id } = topic
    const stored = (number: number) =>
      this.#opening.run(() => storedEpoch(partitionPath(this.#catalog.directory, name, number)))
    const epochs = await Promise.all(known.map((epoch, number) => epoch ?? stored(number)))
    // Somebody may have deleted it, and made it anew, in the meantime.
    if (this.#catalog.find(name)?.id === id) this.#epochs.set(name, epochs)
    return epochs
  }

  /** @throws DuramenError as `open` */
  async openPartition(name: string, number: number): Promise<PartitionLog> {
    const { partitions } = this.#catalog.get(name)
    if (number >= 0 && number < partitions) return (await this.#openAll(name, [number]))[0]
    throw noPartition(name, number, partitions)
  }

  async #openAll(name: string, numbers: readonly number[]): Promise<PartitionLog[]> {
    const logs = this.#logs.get(name) ?? []
    this.#logs.set(name, logs)
    const missing = numbers.filter((number) => logs[number] === undefined)
    if (missing.length > 0) {
      const topic = this.#catalog.get(name)
      const prepared = this.#opening.run(() =>
        preparePartitions(this.#catalog.directory, topic, missing),
      )
      for (const [i, number] of missing.entries()) {
        const opening = prepared.then((paths) =>
          this.#opening.run(() => this.#openOne(topic, paths[i])),
        )
        logs[number] = opening
        opening.then(
          (log) => this.#isOpen(name, number, log, logs),
          // What failed is tried again by whoever comes next.
          () => delete logs[number],
        )
      }
    }
    return Promise.all(numbers.map((number) => logs[number]))
  }

  #isOpen(name: string, number: number, log: PartitionLog, logs: Promise<PartitionLog>[]): void {
    // Somebody may have closed the topic in the meantime.
    if (this.#logs.get(name) !== logs) return
    const open = this.#open.get(name) ?? []
    open[number] = log
    this.#open.set(name, open)
  }

  #openOne(topic: Topic, path: string): Promise<PartitionLog> {
    const { recovery, checkCrcs, producerIdExpirationMs } = this.#options
    const shared = { recovery, checkCrcs, producerIdExpirationMs }
    return PartitionLog.open(path, { ...shared, ...this.#optionsOf(topic), create: false })
  }

  #optionsOf({ config }: Topic): LogAlterations {
    const { flush, topicDefaults } = this.#options
    return logOptionsOf({ ...topicDefaults, ...config }, flush)
  }

  /** The topic's configuration has changed: its logs that are open, or being opened, take it up. */
  async altered(name: string): Promise<void> {
    const opening = (this.#logs.get(name) ?? []).filter((log) => log !== undefined)
    const logs = await Promise.allSettled(opening)
    // Somebody may have altered it again, or deleted it, in the meantime.
    const topic = this.#catalog.find(name)
    if (topic === undefined) return
    const options = this.#optionsOf(topic)
    for (const one of logs) if (one.status === 'fulfilled') one.value.alter(options)
  }

  /** The topic has partitions now that are not open; those that are stay so. */
  grown(name: string): void {
    this.#whole.delete(name)
  }

  /** Closes the logs of a topic: it is deleted, or opened anew with other options. */
  async close(name: string): Promise<void> {
    const logs = this.#logs.get(name) ?? []
    this.#logs.delete(name)
    this.#open.delete(name)
    this.#whole.delete(name)
    this.#epochs.delete(name)
    const opened = await Promise.allSettled(logs.filter((log) => log !== undefined))
    await closeAll(opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
  }

  /** Closes everything. @throws what the first log does that fails to close */
  async closeAll(): Promise<void> {
    const closed = await Promise.allSettled([...this.#logs.keys()].map((name) => this.close(name)))
    for (const one of closed) if (one.status === 'rejected') throw one.reason
  }
}
