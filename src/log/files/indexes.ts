import { readInt64 } from '../../record/layout.js'
import { baseOffsetOf, cutOff, type FileEntry, type FileKind, viewOf } from './file-entry.js'

/**
 * Kafka preallocates the active pair, so zeros may stand behind the last entry. An entry of zeros
 * can be one too (offset 0 at position 0, time 0), but then it stands alone.
 */
function isUnused(bytes: Buffer, position: number, entrySize: number): boolean {
  return bytes.length > entrySize && bytes.subarray(position).every((byte) => byte === 0)
}

function unused(bytes: Buffer, position: number): FileEntry {
  return { position, unusedBytes: bytes.length - position }
}

function withFault(rises: boolean, entry: FileEntry): FileEntry {
  return rises ? entry : { ...entry, fault: 'it does not rise above the entry before it' }
}

const offsetEntrySize = 8

/** `.index`: the last offset of a batch, and where in the segment the batch starts. */
export const offsetIndex: FileKind = {
  name: 'offset index',
  matches: (fileName) => fileName.endsWith('.index'),
  *entries(bytes, fileName) {
    const base = baseOffsetOf(fileName) ?? 0
    const view = viewOf(bytes)
    let last = { offset: base - 1, segmentPosition: -1 }
    for (let position = 0; position + 8 <= bytes.length; position += offsetEntrySize) {
      const offset = base + view.getInt32(position)
      const segmentPosition = view.getInt32(position + 4)
      if (offset === base && segmentPosition === 0 && isUnused(bytes, position, offsetEntrySize)) {
        return yield unused(bytes, position)
      }
      const rises = offset > last.offset && segmentPosition > last.segmentPosition
      last = { offset, segmentPosition }
      yield withFault(rises, { position, ...last })
    }
    yield* cutOff(bytes, offsetEntrySize)
  },
}

const timeEntrySize = 12

/** `.timeindex`: the largest timestamp so far, and the last offset of its batch. */
export const timeIndex: FileKind = {
  name: 'time index',
  matches: (fileName) => fileName.endsWith('.timeindex'),
  *entries(bytes, fileName) {
    const base = baseOffsetOf(fileName) ?? 0
    const view = viewOf(bytes)
    let last = { timestamp: -1, offset: base - 1 }
    for (let position = 0; position + 12 <= bytes.length; position += timeEntrySize) {
      const timestamp = readInt64(view, position)
      const offset = base + view.getInt32(position + 8)
      if (timestamp === 0 && offset === base && isUnused(bytes, position, timeEntrySize)) {
        return yield unused(bytes, position)
      }
      const rises = timestamp > last.timestamp && offset > last.offset
      last = { timestamp, offset }
      yield withFault(rises, { position, ...last })
    }
    yield* cutOff(bytes, timeEntrySize)
  },
}

const transactionEntrySize = 34

/** `.txnindex`: the aborted transactions of a segment. */
export const transactionIndex: FileKind = {
  name: 'transaction index',
  matches: (fileName) => fileName.endsWith('.txnindex'),
  *entries(bytes) {
    const view = viewOf(bytes)
    let last = -1
    for (let position = 0; position + 34 <= bytes.length; position += transactionEntrySize) {
      const version = view.getInt16(position)
      const lastOffset = readInt64(view, position + 18)
      yield {
        position,
        version,
        producerId: readInt64(view, position + 2),
        firstOffset: readInt64(view, position + 10),
        lastOffset,
        lastStableOffset: readInt64(view, position + 26),
        ...transactionFault(version, lastOffset, last),
      }
      last = lastOffset
    }
    yield* cutOff(bytes, transactionEntrySize)
  },
}

function transactionFault(version: number, lastOffset: number, before: number) {
  if (version !== 0) return { fault: `the version is ${version}, and only 0 is known` }
  if (lastOffset > before) return {}
  return { fault: `the last offset does not rise above ${before}, that of the entry before it` }
}
