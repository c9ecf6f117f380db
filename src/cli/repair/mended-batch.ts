import type { FileHandle } from 'node:fs/promises'
import { BatchHeader } from '../../record/batch-header.js'
import { crc32c } from '../../record/crc32c.js'
import * as layout from '../../record/layout.js'
import type { Damage } from './survey.js'

/**
 * The batch that stands in the damaged bytes, where they are one whose damage is in the part of its
 * header that is under no checksum: the offsets around it and its length say what that was, and the
 * CRC that all else is as it was. Undefined for any other damage.
 */
export async function mendedBatch(file: FileHandle, damage: Damage): Promise<Buffer | undefined> {
  const size = damage.to - damage.from
  if (size < layout.batchHeaderSize || size > layout.maxBatchSize) return undefined
  const head = Buffer.alloc(layout.batchHeaderSize)
  await file.read(head, 0, head.length, damage.from)
  // First, because the bytes may be most of a segment.
  const covered = headerOf(head).lastOffsetDelta + 1
  if (covered !== damage.toOffset - damage.fromOffset + 1) return undefined
  const bytes = Buffer.alloc(size)
  const { bytesRead } = await file.read(bytes, 0, size, damage.from)
  if (bytesRead < size) return undefined
  const view = viewOf(bytes)
  layout.writeInt64(view, layout.baseOffsetAt, damage.fromOffset)
  view.setInt32(layout.batchLengthAt, size - layout.lengthCountsFrom)
  view.setInt8(layout.magicAt, layout.currentMagic)
  return headerOf(bytes).crc === crc32c(bytes, layout.crcCoversFrom) ? bytes : undefined
}

function headerOf(bytes: Buffer): BatchHeader {
  return new BatchHeader(viewOf(bytes), 0)
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
