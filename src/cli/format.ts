import { loadNative } from '../binding.js'
import {
  type BytesEncoding,
  type RecordBatch,
  type RecordCursor,
  recordToJson,
} from '../record/index.js'
import type { Output } from './output.js'

/** How `consume` writes records. */
export interface Format {
  /** Adds the record on which the cursor stands to the output's buffer; false where it does not fit. */
  readonly put: (cursor: RecordCursor, output: Output) => boolean
  /** The same, for a record that is larger than that buffer. */
  readonly bytes: (cursor: RecordCursor) => Buffer
  /** Adds all records of a batch at once; false where it cannot, and then `put` can. */
  readonly putBatch?: (batch: RecordBatch, bytes: Buffer, output: Output) => boolean
}

const noBytes = Buffer.alloc(0)

/** Values as they stand, a delimiter behind each; a null value looks like an empty one. */
export function plainValues(delimiter: Buffer): Format {
  const [byte = 0] = delimiter
  const { joinValues } = loadNative()
  return {
    put(cursor, output) {
      const { valueLength } = cursor
      const { buffer, at } = output
      const end = at + Math.max(valueLength, 0)
      if (end + delimiter.length > buffer.length) return false
      if (valueLength > 0) buffer.set(cursor.value ?? noBytes, at)
      buffer.set(delimiter, end)
      output.at = end + delimiter.length
      return true
    },
    bytes: (cursor) => Buffer.concat([cursor.value ?? noBytes, delimiter]),
    putBatch(batch, bytes, output) {
      const size = batch.sizeInBytes
      if (delimiter.length !== 1 || batch.codecId !== 0 || batch.isControl) return false
      if (size > output.buffer.length - output.at) return false
      const { position } = batch
      const written = joinValues(bytes, position, size, byte, output.buffer, output.at)
      if (written < 0) return false
      output.at += written
      return true
    },
  }
}

/** Text that is made of each record; latin1 stands for bytes. */
function textual(textOf: (cursor: RecordCursor) => string, charset: 'utf8' | 'latin1'): Format {
  return {
    put(cursor, output) {
      const text = textOf(cursor)
      const { buffer, at } = output
      if (Buffer.byteLength(text, charset) > buffer.length - at) return false
      output.at += buffer.write(text, at, charset)
      return true
    },
    bytes: (cursor) => Buffer.from(textOf(cursor), charset),
  }
}

export function encodedValues(encoding: BytesEncoding, delimiter: Buffer): Format {
  const end = delimiter.toString('latin1')
  return textual((cursor) => (cursor.value ?? noBytes).toString(encoding) + end, 'latin1')
}

export function ndjson(encoding: BytesEncoding): Format {
  const lineOf = (cursor: RecordCursor) => JSON.stringify(recordToJson(cursor.toRecord(), encoding))
  return textual((cursor) => `${lineOf(cursor)}\n`, 'utf8')
}
