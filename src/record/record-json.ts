import { isUtf8 } from 'node:buffer'
import { DuramenError } from '../errors.js'
import type { TimestampType } from './batch-header.js'
import type { RecordFields } from './record.js'

/** How bytes become JSON strings. */
export type BytesEncoding = 'utf8' | 'base64' | 'hex'

const encodings: readonly unknown[] = ['utf8', 'base64', 'hex'] satisfies BytesEncoding[]

/** With `utf8`, bytes that are not valid UTF-8 are given as base64, so that none is lost. */
export type BytesJson = string | { readonly base64: string } | null

/** Of bytes their text; anything else is what it was. */
type FieldJson<T> = T extends Uint8Array ? BytesJson : T | null

/** A record as NDJSON has it, fields in this order. */
export interface RecordJson<K = Buffer, V = Buffer> {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: FieldJson<K>
  readonly value: FieldJson<V>
  readonly headers: readonly (readonly [name: string, value: BytesJson])[]
  readonly leaderEpoch: number
}

/** `record` for `JSON.stringify`; key, value and header values become strings in `encoding`. */
export function recordToJson<K, V>(
  record: RecordFields<K, V>,
  encoding: BytesEncoding,
): RecordJson<K, V> {
  if (
    typeof record !== 'object' ||
    !Array.isArray(record?.headers) ||
    !encodings.includes(encoding)
  ) {
    throw new DuramenError(
      'ERR_INVALID_ARGUMENT',
      `give a Record, and one of the encodings ${encodings.join(', ')}`,
    )
  }
  const { partition, offset, timestamp, timestampType, leaderEpoch } = record
  return {
    partition,
    offset,
    timestamp,
    timestampType,
    key: toJson(record.key, encoding) as FieldJson<K>,
    value: toJson(record.value, encoding) as FieldJson<V>,
    headers: record.headers.map(
      ([name, value]) => [name, toJson(value, encoding) as BytesJson] as const,
    ),
    leaderEpoch,
  }
}

function toJson(bytes: unknown, encoding: BytesEncoding): unknown {
  if (!Buffer.isBuffer(bytes)) return bytes
  if (encoding !== 'utf8') return bytes.toString(encoding)
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}
