import { DuramenError } from '../errors.js'
import { RecordBatch } from '../record/index.js'

/** Of what was fetched, the batches that are there as a whole. */
export interface WholeBatches {
  readonly bytes: Buffer
  readonly baseOffset: number
  readonly nextOffset: number
  /** Those that end a transaction. */
  readonly markers: readonly RecordBatch[]
}

interface Source {
  readonly topic: string
  readonly partition: number
}

const lengthAt = 8
const overhead = 12

/**
 * Checks what a broker has sent from `offset` on. It may cut the last batch off, and begin with one
 * that ends before; else offsets only grow.
 *
 * @throws DuramenError `ERR_CORRUPT_BATCH`, `ERR_UNSUPPORTED_MAGIC`, `ERR_BAD_ANSWER`
 */
export function wholeBatches(sent: Buffer | null, offset: number, source: Source): WholeBatches {
  const bytes = sent ?? Buffer.alloc(0)
  const markers: RecordBatch[] = []
  let from = 0
  let to = 0
  let baseOffset = offset
  let nextOffset = offset
  while (isWhole(bytes, to)) {
    const batch = new RecordBatch(bytes, to)
    if (!batch.isValid()) throw damaged(batch, source)
    to += batch.sizeInBytes
    if (nextOffset === offset && batch.lastOffset < offset) {
      from = to
      continue
    }
    checkOffsets(batch, nextOffset, nextOffset === offset, source)
    if (nextOffset === offset) baseOffset = batch.baseOffset
    if (batch.isControl) markers.push(batch)
    nextOffset = batch.lastOffset + 1
  }
  if (bytes.length > 0 && nextOffset === offset) throw stuck(offset, source)
  return { bytes: bytes.subarray(from, to), baseOffset, nextOffset, markers }
}

function isWhole(bytes: Buffer, at: number): boolean {
  if (bytes.length - at < overhead) return false
  return bytes.readInt32BE(at + lengthAt) <= bytes.length - at - overhead
}

function checkOffsets(batch: RecordBatch, next: number, isFirst: boolean, source: Source): void {
  const { baseOffset, lastOffset } = batch
  const grows = lastOffset >= next && (isFirst || baseOffset >= next)
  if (grows && baseOffset <= lastOffset && Number.isSafeInteger(lastOffset)) return
  throw new DuramenError(
    'ERR_BAD_ANSWER',
    `of ${source.topic}-${source.partition} the broker sent offsets ${baseOffset} to ${lastOffset} ` +
      `where ${next} was to come; look at the broker`,
    { ...source },
  )
}

function damaged({ baseOffset, lastOffset }: RecordBatch, { topic, partition }: Source) {
  return new DuramenError(
    'ERR_CORRUPT_BATCH',
    `the CRC of offsets ${baseOffset} to ${lastOffset} of ${topic}-${partition} does not match ` +
      'what the broker sent; look at its files, and at what lies between',
    { topic, partition, fromOffset: baseOffset, toOffset: lastOffset },
  )
}

/** It has something, and yet no whole batch that would lead on. */
function stuck(offset: number, { topic, partition }: Source): DuramenError {
  return new DuramenError(
    'ERR_BAD_ANSWER',
    `from offset ${offset} of ${topic}-${partition} on the broker sends no whole batch; look at the broker`,
    { topic, partition },
  )
}
