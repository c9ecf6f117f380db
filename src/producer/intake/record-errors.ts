import { DuramenError, type RecordError } from '../../errors.js'
import { RecordReader } from '../../record/record-reader.js'
import type { BatchRules } from './batch-rules.js'
import type { SoundBatch } from './sound-batch.js'

/** As many are told of: each takes some hundred bytes, and a batch may hold a hundred thousand. */
const mostTold = 1000

const noTimestamp = -1

/**
 * Holds the records of a batch to the rules of their topic.
 *
 * @throws DuramenError `ERR_INVALID_BATCH`, `ERR_INVALID_TIMESTAMP`, with what is wrong with which record
 */
export function checkRecords(batch: SoundBatch, rules: BatchRules, now: number): void {
  const from = now - rules.timestampBeforeMaxMs
  const to = now + rules.timestampAfterMaxMs
  const lacksKeys = rules.needsKeys && batch.hasNullKey
  const isOutside =
    !rules.hasAppendTime && (batch.leastTimestamp < from || batch.largestTimestamp > to)
  if (!lacksKeys && !isOutside) return
  const found: RecordError[] = []
  let wrongTimes = 0
  const reader = new RecordReader(batch.records)
  for (let index = 0; index < batch.header.recordCount; index++) {
    reader.next()
    const timestamp = batch.header.baseTimestamp + reader.timestampDelta
    const isWrongTime =
      isOutside && timestamp !== noTimestamp && (timestamp < from || timestamp > to)
    if (isWrongTime) wrongTimes++
    const message =
      lacksKeys && reader.keyLength < 0
        ? 'a compacted topic takes no record without a key'
        : isWrongTime
          ? `the timestamp ${timestamp} lies outside ${from} to ${to}`
          : undefined
    if (message !== undefined && found.length < mostTold) found.push({ index, message })
  }
  if (found.length > 0) throw refused(found, wrongTimes > 0)
}

function refused(recordErrors: readonly RecordError[], isTime: boolean): DuramenError {
  const [{ index, message }] = recordErrors
  const others = recordErrors.length > 1 ? `, as are ${recordErrors.length - 1} others` : ''
  return new DuramenError(
    isTime ? 'ERR_INVALID_TIMESTAMP' : 'ERR_INVALID_BATCH',
    `nothing of the batch was appended, because record ${index} is refused${others}: ${message}`,
    { recordErrors },
  )
}
