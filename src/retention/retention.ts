import { type TopicOverrides, topicConfig } from '../config/topic-config.js'
import { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import { partitionPath, type Topic } from '../topic/index.js'
import { deletePoint, mayHaveExpired } from './delete-point.js'

/** What retention asks of the engine. */
export interface RetentionSeams {
  readonly directory: string
  readonly topicDefaults: TopicOverrides
  readonly topics: () => readonly Topic[]
  /** The log of a partition, if it is open. */
  readonly opened: (topic: string, partition: number) => Promise<PartitionLog> | undefined
  readonly openPartition: (topic: string, partition: number) => Promise<PartitionLog>
  /** Told of a partition that could not be looked after; the others are all the same. */
  readonly onError: (error: unknown, topic: string, partition: number) => void
}

/**
 * Deletes what the topics' configurations do not keep, every so often. Logs that were not appended to
 * between two runs give their descriptors and maps back.
 */
export class Retention {
  readonly #seams: RetentionSeams
  readonly #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  /** @param intervalMs 0: only when `run` is called */
  constructor(seams: RetentionSeams, intervalMs: number) {
    this.#seams = seams
    if (intervalMs > 0) this.#timer = setInterval(() => void this.run(), intervalMs).unref()
  }

  /** Once over all partitions, one after the other; a call while it runs waits for that. */
  run(now = Date.now()): Promise<void> {
    this.#running ??= this.#run(now).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(now: number): Promise<void> {
    for (const topic of this.#seams.topics()) {
      const config = topicConfig({ ...this.#seams.topicDefaults, ...topic.config })
      for (let partition = 0; partition < topic.partitions; partition++) {
        if (this.#stopped) return
        await this.#look(topic.name, partition, config, now).catch((error) => {
          if (!isGone(error)) this.#seams.onError(error, topic.name, partition)
        })
      }
    }
  }

  async #look(
    topic: string,
    partition: number,
    config: ReturnType<typeof topicConfig>,
    now: number,
  ): Promise<void> {
    const { directory, opened, openPartition } = this.#seams
    let log = await opened(topic, partition)
    if (config.cleanupPolicy.includes('delete')) {
      if (log === undefined) {
        if (!(await mayHaveExpired(partitionPath(directory, topic, partition), config, now))) return
        log = await openPartition(topic, partition)
      }
      const point = await deletePoint(log, config, now)
      if (point > log.logStartOffset) await log.deleteBefore(point)
    }
    // Where another thread appends, it is that one's to say.
    await log?.rest().catch(() => {})
  }

  /** Resolves when a run that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#running
  }
}

/** Topics are deleted, and engines closed, at any time. */
function isGone(error: unknown): boolean {
  return (
    error instanceof DuramenError && (error.code === 'ERR_NOT_FOUND' || error.code === 'ERR_CLOSED')
  )
}
