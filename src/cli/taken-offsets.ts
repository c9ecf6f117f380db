import type { TopicPartitionOffset } from '../consumer/index.js'
import type { Record } from '../record/index.js'

interface Written extends TopicPartitionOffset {
  /** Where the record ends in the output. */
  readonly end: number
}

/** Offsets of records that were written, to be committed once their reader has taken the bytes. */
export class TakenOffsets {
  /** In the order in which they were written. */
  readonly #waiting: Written[] = []
  readonly #taken = new Map<number, TopicPartitionOffset>()

  /** @param end how many bytes the output was given, this record included */
  wrote({ topic, partition, offset }: Record, end: number): void {
    this.#waiting.push({ topic, partition, offset: offset + 1, end })
  }

  /** The reader has taken so many bytes. */
  took(bytes: number): void {
    const first = this.#waiting.findIndex(({ end }) => end > bytes)
    const count = first < 0 ? this.#waiting.length : first
    for (const { topic, partition, offset } of this.#waiting.splice(0, count)) {
      this.#taken.set(partition, { topic, partition, offset })
    }
  }

  /** Where to go on behind what was taken, each once. */
  drain(): TopicPartitionOffset[] {
    const offsets = [...this.#taken.values()]
    this.#taken.clear()
    return offsets
  }
}
