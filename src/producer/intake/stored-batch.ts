import { codecByName, compressions } from '../../compression/index.js'
import { BatchHeader } from '../../record/batch-header.js'
import { dataViewOf } from '../../record/buffers.js'
import * as layout from '../../record/layout.js'
import type { Soon } from '../../soon.js'
import type { BatchRules } from './batch-rules.js'
import type { SoundBatch } from './sound-batch.js'
import { tooLarge } from './too-large.js'

/** A batch as it is to be stored. */
export interface StoredBatch {
  readonly bytes: Buffer
  /** Whether it differs from what came, so that its CRC has to be computed. */
  readonly isChanged: boolean
}

/**
 * The batch with what its topic's rules put in place of the producer's: the codec, the timestamps.
 * Nearly always it stays as it came. What changes in the header is changed where it stands.
 *
 * @throws DuramenError `ERR_BATCH_TOO_LARGE` where it is with the topic's codec
 */
export function storedBatch(batch: SoundBatch, rules: BatchRules, now: number): Soon<StoredBatch> {
  const maxTimestamp = rules.hasAppendTime ? now : batch.largestTimestamp
  const codec = rules.codec === undefined ? undefined : codecByName(rules.codec)
  if (codec === undefined || codec.id === batch.header.codecId) {
    const isChanged = rules.hasAppendTime || maxTimestamp !== batch.header.maxTimestamp
    if (isChanged) setTimestamps(batch.header, rules.hasAppendTime, maxTimestamp)
    return { bytes: batch.bytes, isChanged }
  }
  const finish = (records: Buffer) => {
    const size = layout.batchHeaderSize + records.length
    if (size > rules.maxMessageBytes) throw tooLarge(size, rules.maxMessageBytes)
    const bytes = Buffer.concat([batch.bytes.subarray(0, layout.batchHeaderSize), records])
    const header = new BatchHeader(dataViewOf(bytes), 0)
    header.view.setInt32(layout.batchLengthAt, bytes.length - layout.lengthCountsFrom)
    const others = header.attributes & ~layout.codecMask
    header.view.setInt16(layout.attributesAt, others | codec.id)
    setTimestamps(header, rules.hasAppendTime, maxTimestamp)
    return { bytes, isChanged: true }
  }
  if (codec.id === 0) return finish(batch.records)
  return compressions.run(() => codec.compressAsync(batch.records)).then(finish)
}

function setTimestamps(header: BatchHeader, isAppendTime: boolean, maxTimestamp: number): void {
  const { view, attributes } = header
  if (isAppendTime) view.setInt16(layout.attributesAt, attributes | layout.logAppendTimeBit)
  layout.writeInt64(view, layout.maxTimestampAt, maxTimestamp)
}
