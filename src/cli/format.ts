import { loadNative } from '../binding.js'
import {
  type BytesEncoding,
  type RecordBatch,
  type RecordCursor,
  recordToJson,
} from '../record/index.js'
import type { Output } from './output.js'

/** A record to be written, such as the one on which a cursor stands. */
export type RecordSource = Pick<RecordCursor, 'value' | 'toRecord'>

/** How `consume` writes records. */
export interface Format {
  /** Adds a record to the output's buffer; false where it does not fit. */
  readonly put: (source: RecordSource, output: Output) => boolean
  /** The same, for a record that is larger than that buffer. */
  readonly bytes: (source: RecordSource) => Buffer
  /** Adds all records of a batch at once; false where it cannot, and then `put` can. */
  readonly putBatch?: (batch: RecordBatch, bytes: Buffer, output: Output) => boolean
}

const noBytes = Buffer.alloc(0)

/** Values as they stand, a delimiter behind each; a null value looks like an empty one. */
export function plainValues(delimiter: Buffer): Format {
  const [byte = 0] = delimiter
  const { joinValues } = loadNative()
  return {
    put(source, output) {
      const value = source.value ?? noBytes
      const { buffer, at } = output
      const end = at + value.length
      if (end + delimiter.length > buffer.length) return false
      buffer.set(value, at)
      buffer.set(delimiter, end)
      output.at = end + delimiter.length
      return true
    },
    bytes: (source) => Buffer.concat([source.value ?? noBytes, delimiter]),
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
function textual(textOf: (source: RecordSource) => string, charset: 'utf8' | 'latin1'): Format {
  return {
    put(source, output) {
      const text = textOf(source)
      const { buffer, at } = output
      if (Buffer.byteLength(text, charset) > buffer.length - at) return false
      output.at += buffer.write(text, at, charset)
      return true
    },
    bytes: (source) => Buffer.from(textOf(source), charset),
  }
}

export function encodedValues(encoding: BytesEncoding, delimiter: Buffer): Format {
  const end = delimiter.toString('latin1')
  return textual((source) => (source.value ?? noBytes).toString(encoding) + end, 'latin1')
}

export function ndjson(encoding: BytesEncoding): Format {
  const lineOf = (source: RecordSource) => JSON.stringify(recordToJson(source.toRecord(), encoding))
  return textual((source) => `${lineOf(source)}\n`, 'utf8')
}
