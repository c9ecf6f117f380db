import { randomInt } from 'node:crypto'
import type { Partitioner, RecordBytes } from './partitioner.js'

interface Stay {
  partition: number
  /** Sent to it since it came to be the one. */
  bytes: number
}

/**
 * Records with a key go where `byKey` says. The others stay on one partition until batches of
 * `batchSize` bytes in all went there, however small each was, and then move to the next: batches
 * are full, and partitions get the same number of bytes (KIP-794).
 */
export class StickyPartitioner implements Partitioner {
  readonly #byKey: Partitioner
  readonly #batchSize: number
  readonly #stays = new Map<string, Stay>()
  // Of the topic that was asked for last, as most often it is asked for again.
  #lastTopic: string | undefined
  #lastStay: Stay = { partition: 0, bytes: 0 }

  constructor(byKey: Partitioner, batchSize: number) {
    this.#byKey = byKey
    this.#batchSize = batchSize
  }

  partition(topic: string, key: RecordBytes, value: RecordBytes, partitions: number): number {
    if (key !== null) return this.#byKey.partition(topic, key, value, partitions)
    if (topic !== this.#lastTopic) {
      this.#lastStay = this.#stays.get(topic) ?? this.#begin(topic, partitions)
      this.#lastTopic = topic
    }
    const stay = this.#lastStay
    if (stay.partition >= partitions) stay.partition = 0
    return stay.partition
  }

  batchSent(topic: string, partition: number, bytes: number): void {
    const stay = this.#stays.get(topic)
    // Of a partition that it has left, or that a key led to, it takes no notice.
    if (stay?.partition !== partition) return
    stay.bytes += bytes
    if (stay.bytes < this.#batchSize) return
    stay.bytes = 0
    stay.partition++
  }

  /** Anywhere, so that many producers do not all begin with the first. */
  #begin(topic: string, partitions: number): Stay {
    const stay = { partition: randomInt(partitions), bytes: 0 }
    this.#stays.set(topic, stay)
    return stay
  }
}
