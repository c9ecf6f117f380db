import { DuramenError } from '../errors.js'
import { minRecordSize } from './layout.js'
import { VarintReader } from './varint.js'

/**
 * Walks the records of one batch, decompressed. After `next()` its fields say where the parts of a
 * record stand; every length has been checked, so that reading the parts cannot fail.
 */
export class RecordReader extends VarintReader {
  timestampDelta = 0
  offsetDelta = 0
  keyAt = 0
  /** -1 for null, like `valueLength`. */
  keyLength = -1
  valueAt = 0
  valueLength = -1
  headersAt = 0
  headerCount = 0

  /** @throws DuramenError `ERR_CORRUPT_BATCH` */
  next(): void {
    const length = this.varint()
    const bodyEnd = this.at + length
    if (length < minRecordSize - 1 || bodyEnd > this.end) throw malformed('record', length)
    // One byte of attributes, which have no meaning so far.
    this.at++
    this.timestampDelta = this.varlong()
    this.offsetDelta = this.varint()
    this.keyLength = this.varint()
    this.keyAt = this.at
    this.#skip(this.keyLength, bodyEnd, 'key')
    this.valueLength = this.varint()
    this.valueAt = this.at
    this.#skip(this.valueLength, bodyEnd, 'value')
    this.headerCount = this.varint()
    this.headersAt = this.at
    if (this.headerCount !== 0) this.#skipHeaders(bodyEnd)
    if (this.at !== bodyEnd) throw malformed('record', length)
  }

  #skip(length: number, bodyEnd: number, what: string): void {
    if (length < -1 || length > bodyEnd - this.at) throw malformed(what, length)
    if (length > 0) this.at += length
  }

  #skipHeaders(bodyEnd: number): void {
    if (this.headerCount < 0) throw malformed('header count', this.headerCount)
    for (let i = 0; i < this.headerCount; i++) {
      const keyLength = this.varint()
      if (keyLength < 0) throw malformed('header key', keyLength)
      this.#skip(keyLength, bodyEnd, 'header key')
      this.#skip(this.varint(), bodyEnd, 'header value')
    }
  }
}

function malformed(what: string, length: number): DuramenError {
  return new DuramenError('ERR_CORRUPT_BATCH', `the ${what} length ${length} does not fit`)
}
