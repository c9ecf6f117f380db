import { crc32c } from './crc32c.js'
import * as layout from './layout.js'
import { writeInt64 } from './layout.js'

/** Offsets that one batch can cover. */
export const mostOffsets = 2 ** 31 - 1

/**
 * A batch without records in the place of `baseOffset` to `lastOffset`, such as compaction leaves
 * where all records of a batch are gone.
 */
export function emptyBatch(baseOffset: number, lastOffset: number): Buffer {
  const bytes = Buffer.alloc(layout.batchHeaderSize)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  writeInt64(view, layout.baseOffsetAt, baseOffset)
  view.setInt32(layout.batchLengthAt, bytes.length - layout.lengthCountsFrom)
  view.setInt32(layout.leaderEpochAt, -1)
  view.setInt8(layout.magicAt, layout.currentMagic)
  view.setInt32(layout.lastOffsetDeltaAt, lastOffset - baseOffset)
  for (const at of [layout.baseTimestampAt, layout.maxTimestampAt, layout.producerIdAt]) {
    writeInt64(view, at, -1)
  }
  view.setInt16(layout.producerEpochAt, -1)
  view.setInt32(layout.baseSequenceAt, -1)
  view.setUint32(layout.crcAt, crc32c(bytes, layout.crcCoversFrom))
  return bytes
}
