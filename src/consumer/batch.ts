import type { LogView } from '../log/index.js'
import type { Record, RecordCursor } from '../record/index.js'
import type { TopicPartitionOffset } from './assigned-partitions.js'
import { type RecordShape, shaped } from './deserializer.js'

/** What a batch asks of its consumer. */
export interface BatchSeams {
  readonly shape: RecordShape
  readonly commit: (offsets: readonly TopicPartitionOffset[]) => Promise<void>
}

/**
 * What one fetch of a partition gave: record batches that stand one behind the other. Where they are
 * all markers of transactions it holds no record, and may be committed all the same.
 */
export class ConsumerBatch<K = Buffer, V = Buffer> implements Iterable<Record<K, V>> {
  readonly topic: string
  readonly partition: number
  /** No record that is given has a lower offset. */
  readonly fromOffset: number
  /** One behind the last offset. */
  readonly nextOffset: number
  readonly #view: LogView
  readonly #seams: BatchSeams

  /** Batches come from `consumer.batches()`. */
  constructor(view: LogView, fromOffset: number, seams: BatchSeams) {
    this.topic = view.topic
    this.partition = view.partition
    this.fromOffset = fromOffset
    this.nextOffset = view.nextOffset
    this.#view = view
    this.#seams = seams
  }

  /** Bytes that it takes in the log. */
  get sizeInBytes(): number {
    return this.#view.sizeInBytes
  }

  /** Over the records as they stand in the log: the fast way, which makes no object of a record. */
  cursor(): RecordCursor {
    return this.#view.cursor({ fromOffset: this.fromOffset })
  }

  /**
   * Fresh records, one after the other, as the consumer gives them.
   *
   * @throws DuramenError what `RecordCursor.next` throws, `ERR_DESERIALIZER`
   */
  [Symbol.iterator](): Iterator<Record<K, V>> {
    const cursor = this.cursor()
    const { shape } = this.#seams
    return {
      next: () =>
        cursor.next()
          ? { done: false, value: shaped(cursor.toRecord(), shape) as Record<K, V> }
          : { done: true, value: undefined },
    }
  }

  /** Commits for the group that all of it is done: its last offset + 1. @throws as `Consumer.commit` */
  commit(): Promise<void> {
    const { topic, partition, nextOffset } = this
    return this.#seams.commit([{ topic, partition, offset: nextOffset }])
  }
}
