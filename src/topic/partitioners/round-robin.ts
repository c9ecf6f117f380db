import type { Partitioner, RecordBytes } from './partitioner.js'

/** Each record of a topic goes to the next partition, whatever its key. */
export class RoundRobinPartitioner implements Partitioner {
  readonly #turns = new Map<string, number>()

  partition(topic: string, _key: RecordBytes, _value: RecordBytes, partitions: number): number {
    const turn = this.#turns.get(topic) ?? 0
    this.#turns.set(topic, turn + 1)
    return turn % partitions
  }
}
