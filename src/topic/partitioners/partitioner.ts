/** A key or value as a producer takes it; a string stands for its UTF-8. */
export type RecordBytes = string | Uint8Array | null

/**
 * Decides to which partition a record goes. One object serves one producer, which calls it for every
 * record; so nothing is allocated for a call, and the arguments are no object.
 */
export interface Partitioner {
  /** @returns a whole number from 0 to `partitions` - 1; `partitions` is at least 1, and never falls */
  partition(topic: string, key: RecordBytes, value: RecordBytes, partitions: number): number
  /** Told when a batch is closed and sent: the records in it, before compression, took `bytes`. */
  batchSent?(topic: string, partition: number, bytes: number): void
}
