import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'
import type { RecordInput } from './record-input.js'

const fields: readonly string[] = ['key', 'value', 'headers', 'timestamp']

/**
 * A record as it is, or nothing: bytes, a promise, a map or a misspelt field would otherwise be a
 * record of nothing.
 *
 * @param further what it may have besides
 * @throws DuramenError `ERR_INVALID_ARGUMENT`
 */
export function checkedRecord<T extends { key?: unknown; value?: unknown } = RecordInput>(
  record: T,
  further: readonly string[] = [],
): T {
  if (typeof record !== 'object' || record === null) {
    throw invalid(`the record is ${shown(record)}: give an object with key and value`)
  }
  if (record.value === undefined && record.key === undefined) checkEmpty(record, further)
  return record
}

function checkEmpty(record: object, further: readonly string[]): void {
  const isPlain = !ArrayBuffer.isView(record) && !Array.isArray(record)
  const known = [...fields, ...further]
  const unknown = Object.keys(record).find((name) => !known.includes(name))
  if (isPlain && unknown !== undefined) {
    throw invalid(`a record has no field ${unknown}; there are ${known.join(', ')}`)
  }
  if (isPlain && known.some((name) => name in record)) return
  throw invalid(
    'a record must be an object with a key, a value or headers (of an empty one, value: null)',
  )
}

function invalid(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_ARGUMENT', message)
}
