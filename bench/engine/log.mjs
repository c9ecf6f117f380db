// What every engine case needs of the log: opening one, walking it, ready batches.
import { PartitionLog } from 'duramen/log'
import { BatchBuilder } from 'duramen/record'
import { buildBatches } from '../lib/data.mjs'

/** Ready batches that a run cycles through; the native floors use a source of as many blocks. */
export const DISTINCT_READY = 16

/** A size that leaves room for what a Kafka producer may send at once. */
const READ_BYTES = 1 << 20

/** @typedef {Awaited<ReturnType<typeof PartitionLog.open>>} Log */
/** @typedef {NonNullable<ReturnType<Log['readSync']>>} View */

/**
 * @param {string} directory
 * @param {Record<string, unknown>} options
 * @returns {Promise<Log>}
 */
export function openLog(directory, options) {
  return PartitionLog.open(directory, options)
}

/**
 * Walks the log from its start, a view at a time.
 * @param {Log} log
 * @param {number} [maxBytes]
 * @returns {() => View | undefined} the next view; undefined at the end
 */
export function walk(log, maxBytes = READ_BYTES) {
  let offset = log.logStartOffset
  return () => {
    if (offset >= log.highWatermark) return undefined
    const view = log.readSync(offset, { maxBytes })
    offset = view.nextOffset
    return view
  }
}

/**
 * Every value of the log in order.
 * @param {Log} log
 * @param {(value: Buffer) => void} visit
 */
export function eachValue(log, visit) {
  const next = walk(log)
  for (let view = next(); view; view = next()) {
    const cursor = view.cursor()
    while (cursor.next()) visit(/** @type {Buffer} */ (cursor.value))
    view.release()
  }
}

/**
 * The batches that fill `bytes`, each as a slice.
 * @param {Buffer} bytes
 * @param {(batch: Buffer) => void} visit
 */
export function eachBatch(bytes, visit) {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 12 + bytes.readInt32BE(at + 8)
    visit(bytes.subarray(at, end))
    at = end
  }
}

/**
 * Encoded batches of records with values of `recordBytes`, each as large as fits in `bytes`.
 * @param {number} bytes
 * @param {number} [recordBytes]
 * @returns {{ batches: Buffer[], records: number }} records in one batch
 */
export function readyBatches(bytes, recordBytes = 100) {
  const perBatch = Math.floor((bytes - 61) / (recordBytes + 11)) // the header; a value, framed
  const { values } = buildBatches(perBatch, recordBytes, DISTINCT_READY)
  const builder = new BatchBuilder()
  const now = Date.now() // One for all: so they have one size.
  const batches = values.map((batch) => {
    builder.reset()
    for (const value of batch) builder.append({ value }, now)
    return Buffer.from(builder.build())
  })
  return { batches, records: perBatch }
}

/**
 * Fills a log with ready batches of 64 KiB, outside the clock.
 * @param {Log} log
 * @param {number} bytes
 * @returns {{ records: number, bytes: number, batches: number }}
 */
export function fill(log, bytes) {
  const { batches, records } = readyBatches(64 << 10)
  let written = 0
  let count = 0
  for (; written < bytes; count++) {
    const batch = batches[count % batches.length]
    log.appendSync(batch)
    written += batch.length
  }
  return { records: records * count, bytes: written, batches: count }
}
