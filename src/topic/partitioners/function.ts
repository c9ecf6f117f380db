import { shown } from '../../config/option.js'
import { DuramenError } from '../../errors.js'
import type { Partitioner, RecordBytes } from './partitioner.js'

/** A user's own: the same arguments, key and value as they were given to the producer. */
export type PartitionFunction = (
  topic: string,
  key: RecordBytes,
  value: RecordBytes,
  partitions: number,
) => number

/** Takes a user's function at its word only where that is a partition. */
export class FunctionPartitioner implements Partitioner {
  readonly #choose: PartitionFunction

  constructor(choose: PartitionFunction) {
    this.#choose = choose
  }

  /** @throws DuramenError `ERR_PARTITIONER` */
  partition(topic: string, key: RecordBytes, value: RecordBytes, partitions: number): number {
    const chosen = this.#call(topic, key, value, partitions)
    if (Number.isInteger(chosen) && chosen >= 0 && chosen < partitions) return chosen
    throw this.#failure(`answered ${shown(chosen)} for ${topic}, which has`, topic, partitions)
  }

  #call(topic: string, key: RecordBytes, value: RecordBytes, partitions: number): number {
    try {
      return this.#choose(topic, key, value, partitions)
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : shown(cause)
      throw this.#failure(`threw '${message}' for ${topic}, which has`, topic, partitions, cause)
    }
  }

  #failure(what: string, topic: string, partitions: number, cause?: unknown): DuramenError {
    const name = this.#choose.name || '(a function without a name)'
    return new DuramenError(
      'ERR_PARTITIONER',
      `the partitioner ${name} ${what} ${partitions} partitions; return a whole number from 0 to ${partitions - 1}`,
      { topic, cause },
    )
  }
}
