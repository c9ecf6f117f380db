// Opens a log that its writer left behind, and tells all that stands in it.
import { PartitionLog } from '../../dist/log/index.js'
import { recordValue, senderOf } from './values.mjs'

/**
 * Who sent each record that readers see (null: nobody), from the log's start on; `faults` has what
 * is wrong already.
 */
async function lookAt(log) {
  const { logStartOffset: start, logEndOffset: end } = log
  const corrupt = log.info.findings.filter(({ kind }) => kind === 'corruption')
  const faults = corrupt.map((finding) => `corruption: ${JSON.stringify(finding)}`)
  const senders = []
  for (let offset = start; ; ) {
    const view = await log.read(offset)
    if (view.isEmpty) break
    const cursor = view.cursor()
    while (cursor.next()) {
      const expected = start + senders.length
      if (cursor.offset !== expected) faults.push(`${cursor.offset} stands at ${expected}`)
      senders.push(senderOf(String(cursor.value)) ?? null)
    }
    offset = view.nextOffset
    view.release()
  }
  return { start, end, senders, faults }
}

/** What somebody sees who only reads; nothing is mended. */
export async function read(directory, options) {
  const log = await PartitionLog.open(directory, { ...options, readOnly: true })
  const found = await lookAt(log)
  await log.close()
  return found
}

/**
 * Recovers the log and reads it; appends a record as the given generation, which makes everything
 * durable; verifies and closes.
 */
export async function visit(directory, options, generation) {
  const log = await PartitionLog.open(directory, options)
  const found = await lookAt(log)
  if (found.start + found.senders.length !== found.end) {
    found.faults.push(`${found.senders.length} records from ${found.start} to ${found.end}`)
  }
  const { baseOffset } = await log.append({ value: recordValue(generation, 0) }, { flush: 'sync' })
  if (baseOffset !== found.end) found.faults.push(`the next offset is ${baseOffset}`)
  const { findings } = await log.verify()
  found.faults.push(...findings.map((finding) => `verify: ${JSON.stringify(finding)}`))
  await log.close()
  return found
}
