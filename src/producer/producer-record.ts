import { checkedRecord } from '../record/checked-record.js'
import type { BytesInput, RecordInput } from '../record/index.js'
import { checkedBytes, headerFields } from '../record/record-input.js'

/** A record to be sent; to that partition where it names one. Serializers say what it may hold. */
export interface ProducerRecord<K = BytesInput, V = BytesInput>
  extends Omit<RecordInput, 'key' | 'value'> {
  readonly key?: K | null
  readonly value?: V | null
  readonly partition?: number
}

const further = ['partition']

/**
 * What is no record is refused, before anything is asked of it.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`
 */
export function checkedProducerRecord<K, V>(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
  return checkedRecord(record, further)
}

/**
 * The record in memory of its own, for when it has to wait before it is encoded.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`
 */
export function detached(record: ProducerRecord): ProducerRecord {
  const { partition, timestamp = Date.now() } = record
  const fields = record.headers ? headerFields(record.headers) : []
  const headers: [string, Buffer | null][] = []
  for (let i = 0; i < fields.length; i += 2) {
    headers.push([String(fields[i]), copyOf(fields[i + 1] ?? null)])
  }
  const key = copyOf(checkedBytes(record.key, 'key'))
  const value = copyOf(checkedBytes(record.value, 'value'))
  return { partition, timestamp, key, value, headers }
}

function copyOf(bytes: string | Uint8Array | null): Buffer | null {
  if (bytes === null) return null
  return typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes)
}
