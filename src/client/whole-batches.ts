import { DuramenError } from '../errors.js'
import { RecordBatch } from '../record/index.js'

/** Of what was fetched, the batches that are there as a whole. */
export interface WholeBatches {
  readonly size: number
  readonly baseOffset: number
  readonly nextOffset: number
  /** Those that end a transaction. */
  readonly markers: readonly RecordBatch[]
}

const lengthAt = 8
const overhead = 12

/**
 * Checks what a broker has sent from `offset` on. It may cut the last batch off.
 *
 * @throws DuramenError `ERR_CORRUPT_BATCH`, `ERR_UNSUPPORTED_MAGIC`
 */
export function wholeBatches(
  bytes: Buffer | null,
  offset: number,
  source: { readonly topic: string; readonly partition: number },
): WholeBatches {
  let baseOffset = offset
  let nextOffset = offset
  let size = 0
  const markers: RecordBatch[] = []
  while (bytes !== null && isWhole(bytes, size)) {
    const batch = new RecordBatch(bytes, size)
    if (!batch.isValid()) throw damaged(batch, source)
    if (batch.isControl) markers.push(batch)
    if (size === 0) baseOffset = batch.baseOffset
    nextOffset = batch.lastOffset + 1
    size += batch.sizeInBytes
  }
  return { size, baseOffset, nextOffset, markers }
}

function isWhole(bytes: Buffer, at: number): boolean {
  if (bytes.length - at < overhead) return false
  return bytes.readInt32BE(at + lengthAt) <= bytes.length - at - overhead
}

function damaged(
  { baseOffset: fromOffset, lastOffset: toOffset }: RecordBatch,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): DuramenError {
  return new DuramenError(
    'ERR_CORRUPT_BATCH',
    `the CRC of offsets ${fromOffset} to ${toOffset} of ${topic}-${partition} does not match what the broker sent`,
    { topic, partition, fromOffset, toOffset },
  )
}
