import { batchFault, loadNative } from '../../binding.js'
import { type Codec, codecById, compressions } from '../../compression/index.js'
import { DuramenError } from '../../errors.js'
import { BatchHeader } from '../../record/batch-header.js'
import { dataViewOf } from '../../record/buffers.js'
import { batchHeaderSize, lengthCountsFrom } from '../../record/layout.js'
import { after, type Soon } from '../../soon.js'

/** A batch in which everything is as its header says, and its records, decompressed. */
export interface SoundBatch {
  readonly bytes: Buffer
  readonly header: BatchHeader
  readonly records: Buffer
  readonly leastTimestamp: number
  readonly largestTimestamp: number
  readonly hasNullKey: boolean
}

/** What a batch may take once decompressed, as for who reads it. */
export const mostDecompressed = 128 * 1024 * 1024

// Below, a trip to the thread pool takes longer than the work (some 0.1 ms): bytes before and after.
const small = { bytes: 16 * 1024, decompressed: 128 * 1024 }
const smallOfQuick = { bytes: 160 * 1024, decompressed: 512 * 1024 }
export const mostAtOnce = smallOfQuick.decompressed

const summary = new Float64Array(3)

/**
 * Checks one batch as a producer sends it: its CRC and all records, for which it is decompressed, on
 * the thread pool where it is large.
 *
 * @param most bytes that its records may take once decompressed
 * @throws DuramenError `ERR_CORRUPT_BATCH` for bytes that have changed on their way,
 * `ERR_INVALID_BATCH`, `ERR_UNSUPPORTED_CODEC`, `ERR_DECOMPRESSION_LIMIT`
 */
export function soundBatch(bytes: Buffer, most: number): Soon<SoundBatch> {
  checkAlone(bytes)
  check(bytes, null)
  const header = new BatchHeader(dataViewOf(bytes), 0)
  if (header.isControl) throw invalid('marks the end of a transaction, which is for brokers to do')
  if (header.producerId >= 0 && header.baseSequence < 0) {
    throw invalid(`has a producer and no sequence (${header.baseSequence})`)
  }
  const stored = bytes.subarray(batchHeaderSize)
  if (header.codecId === 0) return sound(bytes, header, stored)
  const records = decompressed(codecById(header.codecId), stored, most)
  return after(records, (all) => checkedRecords(bytes, header, all))
}

function checkAlone(bytes: Buffer): void {
  const size = bytes.length < batchHeaderSize ? -1 : bytes.readInt32BE(8) + lengthCountsFrom
  if (size >= batchHeaderSize && size < bytes.length) {
    throw invalid('does not stand alone; send one batch for a partition at a time')
  }
}

function check(bytes: Buffer, records: Buffer | null): void {
  const fault = loadNative().checkBatch(bytes, records, summary)
  if (fault === undefined) return
  const kind = summary[0]
  const isDamaged = kind === batchFault.badCrc || kind === batchFault.badLength
  throw isDamaged ? damaged(fault) : invalid(fault)
}

function sound(bytes: Buffer, header: BatchHeader, records: Buffer): SoundBatch {
  const [leastTimestamp, largestTimestamp, nullKeys] = summary as unknown as readonly number[]
  const hasNullKey = nullKeys === 1
  return { bytes, header, records, leastTimestamp, largestTimestamp, hasNullKey }
}

function checkedRecords(bytes: Buffer, header: BatchHeader, records: Buffer): SoundBatch {
  check(bytes, records)
  return sound(bytes, header, records)
}

function decompressed(codec: Codec, stored: Buffer, most: number): Soon<Buffer> {
  const limits = codec.isQuick ? smallOfQuick : small
  try {
    if (stored.length <= limits.bytes) {
      return codec.decompress(stored, Math.min(limits.decompressed, most))
    }
  } catch (fault) {
    // It was not as small as it seemed.
    if (codeOf(fault) !== 'ERR_DECOMPRESSION_LIMIT' || most <= limits.decompressed)
      throw notDecompressed(fault)
  }
  return compressions
    .run(() => codec.decompressAsync(stored, most))
    .catch((fault) => {
      throw notDecompressed(fault)
    })
}

/** The CRC was right: so it has been like that from the beginning, and sending it again is no use. */
function notDecompressed(fault: unknown): unknown {
  if (codeOf(fault) !== 'ERR_CORRUPT_BATCH') return fault
  const { message } = fault as DuramenError
  return new DuramenError('ERR_INVALID_BATCH', message, { cause: fault })
}

function codeOf(fault: unknown): string | undefined {
  return fault instanceof DuramenError ? fault.code : undefined
}

function invalid(fault: string): DuramenError {
  return new DuramenError('ERR_INVALID_BATCH', `the batch ${fault}; nothing of it was appended`)
}

function damaged(fault: string): DuramenError {
  return new DuramenError('ERR_CORRUPT_BATCH', `the batch ${fault}; nothing of it was appended`)
}
