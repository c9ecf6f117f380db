import { crc32c } from '../../record/crc32c.js'
import { readInt64 } from '../../record/layout.js'
import { type FileEntry, type FileKind, viewOf } from './file-entry.js'

// As native/log/watermark.cc has it: a live page, then two durable slots, a page each.
const pageSize = 4096
const fileSize = 3 * pageSize
const magic = 'DURAWMRK'
const versionAt = 8
const sequenceAt = 64
const bootAt = 72
const liveNumbersAt = bootAt + 16
const bootSize = 16
const slotFlagsAt = 84
const slotCrcAt = 88
const fencedFlag = 1
const gapsFlag = 2

/** How far the log was written, as of the last append; it counts within one boot only. */
export interface LiveMark extends FileEntry {
  readonly sequence: number
  readonly bootId: string
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly highWatermark: number
  readonly segmentBaseOffset: number
  readonly segmentEnd: number
}

/** How far the log was made durable. */
export interface DurableMark extends FileEntry {
  /** Whether its CRC matches. */
  readonly valid: boolean
  readonly sequence: number
  readonly bootId: string
  readonly device: number
  readonly inode: number
  readonly durableOffset: number
  readonly segmentBaseOffset: number
  readonly segmentEnd: number
  /** Of the last batch below the durable offset; -1 where there is none. */
  readonly batchPosition: number
  readonly batchBaseOffset: number
  readonly batchCrc: number
  readonly fenced: boolean
  readonly hasGaps: boolean
}

export const watermark: FileKind = {
  name: 'watermark',
  matches: (fileName) => fileName === 'duramen.watermark',
  *entries(bytes) {
    if (bytes.length !== fileSize || bytes.toString('latin1', 0, magic.length) !== magic) {
      return yield { position: 0, fault: 'it is not a watermark file' }
    }
    const version = bytes.readUInt32BE(versionAt)
    if (version !== 1) {
      return yield { position: versionAt, fault: `the version is ${version}, and only 1 is known` }
    }
    yield { position: 0, version }
    const live = liveMark(bytes)
    if (live !== undefined) yield live
    const slots = slotsOf(bytes)
    yield* slots
    // One may be torn by a power cut, which is why there are two.
    if (slots.length > 0 && !slots.some((slot) => slot.valid)) {
      yield { position: pageSize, fault: 'the CRC of no durable slot matches' }
    }
  },
}

/** Undefined where nothing has been appended yet, or a store was under way. */
export function liveMark(bytes: Buffer): LiveMark | undefined {
  if (bytes.length !== fileSize) return undefined
  // A word that threads wait on, and so in the order of the processor's bytes.
  const sequence = bytes.readUInt32LE(sequenceAt)
  if (sequence === 0 || sequence % 2 === 1) return undefined
  const view = viewOf(bytes)
  return {
    position: sequenceAt,
    mark: 'live',
    sequence,
    bootId: bytes.toString('hex', bootAt, bootAt + bootSize),
    logStartOffset: readInt64(view, liveNumbersAt),
    logEndOffset: readInt64(view, liveNumbersAt + 8),
    highWatermark: readInt64(view, liveNumbersAt + 16),
    segmentBaseOffset: readInt64(view, liveNumbersAt + 24),
    segmentEnd: readInt64(view, liveNumbersAt + 32),
  }
}

/** The newest sound slot; undefined where there is none. */
export function durableMark(bytes: Buffer): DurableMark | undefined {
  return slotsOf(bytes)
    .filter((slot) => slot.valid)
    .sort((a, b) => b.sequence - a.sequence)[0]
}

/** Those that were ever written. */
function slotsOf(bytes: Buffer): DurableMark[] {
  if (bytes.length !== fileSize) return []
  return [pageSize, 2 * pageSize]
    .filter((position) => bytes.readBigUInt64BE(position) !== 0n)
    .map((position) => slotAt(bytes, position))
}

function slotAt(bytes: Buffer, position: number): DurableMark {
  const slot = bytes.subarray(position, position + slotCrcAt + 4)
  const view = viewOf(slot)
  const flags = view.getUint32(slotFlagsAt)
  return {
    position,
    mark: 'durable',
    valid: view.getUint32(slotCrcAt) === crc32c(slot, 0, slotCrcAt),
    sequence: readInt64(view, 0),
    bootId: slot.toString('hex', 8, 24),
    device: readInt64(view, 24),
    inode: readInt64(view, 32),
    durableOffset: readInt64(view, 40),
    segmentBaseOffset: readInt64(view, 48),
    segmentEnd: readInt64(view, 56),
    batchPosition: readInt64(view, 64),
    batchBaseOffset: readInt64(view, 72),
    batchCrc: view.getUint32(80),
    fenced: (flags & fencedFlag) !== 0,
    hasGaps: (flags & gapsFlag) !== 0,
  }
}
