import { isUtf8 } from 'node:buffer'
import { DuramenError } from '../errors.js'
import type { TimestampType } from './batch-header.js'
import type { RecordFields } from './record.js'

/** How bytes become JSON strings. */
export type BytesEncoding = 'utf8' | 'base64' | 'hex'

const encodings: readonly unknown[] = ['utf8', 'base64', 'hex'] satisfies BytesEncoding[]

/** With `utf8`, bytes that are not valid UTF-8 are given as base64, so that none is lost. */
export type BytesJson = string | { readonly base64: string } | null

/** A record as NDJSON has it, fields in this order. */
export interface RecordJson {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: BytesJson
  readonly value: BytesJson
  readonly headers: readonly (readonly [name: string, value: BytesJson])[]
  readonly leaderEpoch: number
}

/** `record` for `JSON.stringify`; key, value and header values become strings in `encoding`. */
export function recordToJson(record: RecordFields, encoding: BytesEncoding): RecordJson {
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
    key: bytesToJson(record.key, encoding),
    value: bytesToJson(record.value, encoding),
    headers: record.headers.map(([name, value]) => [name, bytesToJson(value, encoding)] as const),
    leaderEpoch,
  }
}

function bytesToJson(bytes: Buffer | null, encoding: BytesEncoding): BytesJson {
  if (bytes === null) return null
  if (encoding !== 'utf8') return bytes.toString(encoding)
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}
