import type { BatchHeader } from './batch-header.js'

/** A transaction that was aborted: its producer's batches in between are no records of the log. */
export interface AbortedTransaction {
  readonly producerId: number
  /** Of its first record. */
  readonly firstOffset: number
  /** Of the marker that ended it. */
  readonly lastOffset: number
}

/** Whether the batch belongs to one of them. */
export function isAborted(batch: BatchHeader, aborted: readonly AbortedTransaction[]): boolean {
  if (!batch.isTransactional || batch.isControl) return false
  const { producerId, baseOffset } = batch
  return aborted.some(
    (one) =>
      one.producerId === producerId &&
      one.firstOffset <= baseOffset &&
      baseOffset <= one.lastOffset,
  )
}
