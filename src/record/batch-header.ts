import { type CodecName, codecById } from '../compression/index.js'
import * as layout from './layout.js'
import { readInt64 } from './layout.js'

export type TimestampType = 'CreateTime' | 'LogAppendTime'

/**
 * The header of a record batch, read where it stands, one field at a time. It checks nothing; what
 * makes one does.
 */
export class BatchHeader {
  /** @internal */
  view: DataView
  /** @internal */
  at: number

  /** `view` holds at least `batchHeaderSize` bytes at `at`. */
  constructor(view: DataView, at: number) {
    this.view = view
    this.at = at
  }

  get baseOffset(): number {
    return readInt64(this.view, this.at + layout.baseOffsetAt)
  }

  /** Bytes of the whole batch, header included. */
  get sizeInBytes(): number {
    return layout.lengthCountsFrom + this.view.getInt32(this.at + layout.batchLengthAt)
  }

  get partitionLeaderEpoch(): number {
    return this.view.getInt32(this.at + layout.leaderEpochAt)
  }

  get magic(): number {
    return this.view.getInt8(this.at + layout.magicAt)
  }

  /** The CRC-32C that is stored. */
  get crc(): number {
    return this.view.getUint32(this.at + layout.crcAt)
  }

  get attributes(): number {
    return this.view.getInt16(this.at + layout.attributesAt)
  }

  get lastOffsetDelta(): number {
    return this.view.getInt32(this.at + layout.lastOffsetDeltaAt)
  }

  /** Offset of the last record; compaction keeps it when that record goes. */
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta
  }

  /** What the records' timestamps are relative to. */
  get baseTimestamp(): number {
    return readInt64(this.view, this.at + layout.baseTimestampAt)
  }

  /** The largest timestamp; for LogAppendTime that of every record. */
  get maxTimestamp(): number {
    return readInt64(this.view, this.at + layout.maxTimestampAt)
  }

  /** -1 where the producer is not idempotent. */
  get producerId(): number {
    return readInt64(this.view, this.at + layout.producerIdAt)
  }

  get producerEpoch(): number {
    return this.view.getInt16(this.at + layout.producerEpochAt)
  }

  /** Sequence of the first record; -1 for none. */
  get baseSequence(): number {
    return this.view.getInt32(this.at + layout.baseSequenceAt)
  }

  get recordCount(): number {
    return this.view.getInt32(this.at + layout.recordCountAt)
  }

  /** @throws DuramenError `ERR_UNSUPPORTED_CODEC` */
  get compression(): CodecName {
    return codecById(this.codecId).name
  }

  get codecId(): number {
    return this.attributes & layout.codecMask
  }

  get timestampType(): TimestampType {
    return this.attributes & layout.logAppendTimeBit ? 'LogAppendTime' : 'CreateTime'
  }

  get isTransactional(): boolean {
    return (this.attributes & layout.transactionalBit) !== 0
  }

  get isControl(): boolean {
    return (this.attributes & layout.controlBit) !== 0
  }

  /** When compaction may drop the tombstones here, ms since the epoch; undefined if not set yet. */
  get deleteHorizonMs(): number | undefined {
    // The cleaner rewrites the records' deltas too, so their timestamps stay what they were.
    return this.attributes & layout.deleteHorizonBit ? this.baseTimestamp : undefined
  }
}

const largestSequence = 2 ** 31 - 1

/** The sequence `increment` records after `sequence`: after 2^31 - 1 comes 0. */
export function sequenceAfter(sequence: number, increment: number): number {
  const next = sequence + increment
  return next > largestSequence ? next - largestSequence - 1 : next
}
