import { inspect } from 'node:util'
import type { TimestampType } from './batch-header.js'
import { type RecordJson, recordToJson } from './record-json.js'

/** In the order in which they were written, repeats included. */
export type Headers = readonly (readonly [name: string, value: Buffer | null])[]

/** What a `Record` is made of. */
export interface RecordFields {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly timestampType: TimestampType
  /** -1 where it is not known. */
  readonly leaderEpoch: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Headers
}

/**
 * A record as it was read. Key, value and header values are views of the memory that was read from,
 * and keep it alive: `copy()` detaches a record that is to be kept for long, or that a system call
 * such as `fs.read` is to write to. Other writes are seen by who has read before, not by who
 * reads later.
 */
export class Record implements RecordFields {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly leaderEpoch: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Headers

  constructor(fields: RecordFields) {
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

  /** The same record in memory of its own. */
  copy(): Record {
    return new Record({
      ...this,
      key: copyOf(this.key),
      value: copyOf(this.value),
      headers: this.headers.map(([name, value]) => [name, copyOf(value)] as const),
    })
  }

  /** The record as a line of NDJSON has it; bytes that are not UTF-8 are `{ base64 }`. */
  toJSON(): RecordJson {
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

function copyOf(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}

function preview(bytes: Buffer | null): unknown {
  if (bytes === null || bytes.length <= previewBytes) return bytes
  const shown = bytes.toString('hex', 0, previewBytes).replace(/..\B/g, '$& ')
  const rest = bytes.length - previewBytes
  return { [inspect.custom]: () => `<Buffer ${shown} ... ${rest} more bytes>` }
}
