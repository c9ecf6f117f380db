import { inspect } from 'node:util'
import type { TimestampType } from './batch-header.js'
import { type RecordJson, recordToJson } from './record-json.js'

/** In the order in which they were written, repeats included. */
export type Headers = readonly (readonly [name: string, value: Buffer | null])[]

/** What a `Record` is made of; key and value as bytes, unless they were deserialized. */
export interface RecordFields<K = Buffer, V = Buffer> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly timestampType: TimestampType
  /** -1 where it is not known. */
  readonly leaderEpoch: number
  readonly key: K | null
  readonly value: V | null
  readonly headers: Headers
}

/**
 * A record as it was read. Key, value and header values are views of the memory that was read from,
 * and keep it alive: `copy()` detaches a record that is to be kept for long, or that a system call
 * such as `fs.read` is to write to. Other writes are seen by who has read before, not by who
 * reads later.
 */
export class Record<K = Buffer, V = Buffer> implements RecordFields<K, V> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly leaderEpoch: number
  readonly key: K | null
  readonly value: V | null
  readonly headers: Headers

  constructor(fields: RecordFields<K, V>) {
    this.topic = fields.topic
    this.partition = fields.partition
    this.offset = fields.offset
    this.timestamp = fields.timestamp
    this.timestampType = fields.timestampType
    this.leaderEpoch = fields.leaderEpoch
    this.key = fields.key
    this.value = fields.value
    this.headers = fields.headers
  }

  /** The last header of that name: null if its value is, undefined where there is none. */
  header(name: string): Buffer | null | undefined {
    return this.headers.findLast(([key]) => key === name)?.[1]
  }

  /** The same record in memory of its own; what was deserialized is what it was. */
  copy(): Record<K, V> {
    return new Record({
      ...this,
      key: copyOf(this.key),
      value: copyOf(this.value),
      headers: this.headers.map(([name, value]) => [name, copyOf(value)] as const),
    })
  }

  /**
   * The record as a line of NDJSON has it; bytes that are not UTF-8 are `{ base64 }`, and what was
   * deserialized is what it was.
   */
  toJSON(): RecordJson<K, V> {
    return recordToJson(this, 'utf8')
  }

  [inspect.custom](_depth: number, options: object): string {
    const { key, value, headers, ...rest } = this
    const shown = {
      ...rest,
      key: preview(key),
      value: preview(value),
      headers: headers.map(([name, bytes]) => [name, preview(bytes)]),
    }
    return `Record ${inspect(shown, options)}`
  }
}

const previewBytes = 64

function copyOf<T>(bytes: T): T {
  return Buffer.isBuffer(bytes) ? (Buffer.from(bytes) as unknown as T) : bytes
}

function preview(bytes: unknown): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length <= previewBytes) return bytes
  const shown = bytes.toString('hex', 0, previewBytes).replace(/..\B/g, '$& ')
  const rest = bytes.length - previewBytes
  return { [inspect.custom]: () => `<Buffer ${shown} ... ${rest} more bytes>` }
}
