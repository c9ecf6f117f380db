// A record batch, format version 2, as native/log/batch_format.h has it; docs/format.md is the table.
// Positions in the header: each is the one before plus that field's size.
export const baseOffsetAt = 0
export const batchLengthAt = baseOffsetAt + 8
export const leaderEpochAt = batchLengthAt + 4
export const magicAt = leaderEpochAt + 4
export const crcAt = magicAt + 1
export const attributesAt = crcAt + 4
export const lastOffsetDeltaAt = attributesAt + 2
export const baseTimestampAt = lastOffsetDeltaAt + 4
export const maxTimestampAt = baseTimestampAt + 8
export const producerIdAt = maxTimestampAt + 8
export const producerEpochAt = producerIdAt + 8
export const baseSequenceAt = producerEpochAt + 2
export const recordCountAt = baseSequenceAt + 4
export const batchHeaderSize = recordCountAt + 4

/** `batchLength` counts what follows it. */
export const lengthCountsFrom = leaderEpochAt
/** The CRC covers from the attributes to the end of the batch. */
export const crcCoversFrom = attributesAt

export const currentMagic = 2
/** Length, attributes, timestamp delta, offset delta, key length, value length, header count. */
export const minRecordSize = 7
/** A batch's length is an int32. */
export const maxBatchSize = 2 ** 31 - 1

export const codecMask = 0x07
export const logAppendTimeBit = 0x08
export const transactionalBit = 0x10
export const controlBit = 0x20
export const deleteHorizonBit = 0x40

/** The int64 at `at`, as the nearest number; exact within 2^53. */
export function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4)
}

export function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 2 ** 32))
  view.setUint32(at + 4, value >>> 0)
}
