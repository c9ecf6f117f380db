import { DuramenError, type ErrorDetails } from '../errors.js'
import type { BatchHeader } from './batch-header.js'
import { batchHeaderSize, currentMagic, magicAt, minRecordSize } from './layout.js'

/**
 * Checks what a header says before anything relies on it: the batch lies before `end`, and its
 * counts, offsets and timestamps are possible ones.
 *
 * @throws DuramenError `ERR_CORRUPT_BATCH`, `ERR_UNSUPPORTED_MAGIC`
 */
export function checkFrame(header: BatchHeader, end: number): void {
  const available = end - header.at
  if (available > magicAt && header.magic !== currentMagic) {
    const message = `it has magic ${header.magic}, and only format version 2 can be read`
    throw new DuramenError('ERR_UNSUPPORTED_MAGIC', message)
  }
  if (available < batchHeaderSize) throw corrupt(`its header ends after ${available} bytes`)
  const size = header.sizeInBytes
  if (size < batchHeaderSize || size > available) {
    throw corrupt(`its size ${size} does not fit the ${available} bytes that are there`)
  }
  const { recordCount, lastOffsetDelta } = header
  const room = header.codecId === 0 ? size - batchHeaderSize : Number.MAX_SAFE_INTEGER
  checkCount(recordCount, room)
  if (lastOffsetDelta < Math.max(recordCount - 1, 0)) {
    throw corrupt(
      `its last offset delta ${lastOffsetDelta} does not go with ${recordCount} records`,
    )
  }
  if (header.baseOffset < 0 || !Number.isSafeInteger(header.lastOffset)) {
    throw corrupt(`its offsets ${header.baseOffset} to ${header.lastOffset} are out of range`)
  }
  if (!Number.isSafeInteger(header.baseTimestamp) || !Number.isSafeInteger(header.maxTimestamp)) {
    throw corrupt('its timestamps are out of range')
  }
}

/** Whether `count` records can stand in `room` bytes at all. */
export function checkCount(count: number, room: number): void {
  if (count < 0 || count * minRecordSize > room) {
    throw corrupt(`its record count ${count} does not go with its size`)
  }
}

/** The message follows "the batch at position ...: ". */
export function corrupt(message: string): DuramenError {
  return new DuramenError('ERR_CORRUPT_BATCH', message)
}

/** Whose batch it is, for errors. */
export interface Source {
  readonly topic?: string
  readonly partition?: number
}

/** `fault`, with where the batch stands; offsets are given where the header is sound. */
export function locate(fault: unknown, header: BatchHeader, end: number, source: Source): unknown {
  if (!(fault instanceof DuramenError)) return fault
  const { topic, partition } = source
  const details: ErrorDetails = { cause: fault.cause, topic, partition, position: header.at }
  const of = topic ? ` of ${topic}-${partition}` : ''
  const where = `the batch at position ${header.at}${of}`
  if (!isFramed(header, end)) {
    return new DuramenError(fault.code, `${where} cannot be read: ${fault.message}`, details)
  }
  const { baseOffset: fromOffset, lastOffset: toOffset } = header
  return new DuramenError(
    fault.code,
    `${where}, offsets ${fromOffset} to ${toOffset}, cannot be read: ${fault.message}; ` +
      `reading can go on at offset ${toOffset + 1}`,
    { ...details, fromOffset, toOffset },
  )
}

function isFramed(header: BatchHeader, end: number): boolean {
  try {
    checkFrame(header, end)
    return true
  } catch {
    return false
  }
}
