import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'

const largestHalf = 2 ** 32
const longestString = 2 ** 15 - 1

/** Bytes that whoever sends them has: a Buffer, or a view of a log. */
export interface Blob {
  readonly sizeInBytes: number
}

/** What was written, in order: memory of the writer's, or what it was given as it is. */
export type Piece = Buffer | Blob

/** Writes fields one after the other into memory that grows; the format is that of `WireReader`. */
export class WireWriter {
  readonly #compact: boolean
  readonly #pieces: Piece[] = []
  #bytes: Buffer
  /** Where the piece that is being written begins, and how far it is. */
  #from = 0
  #at = 0
  #splicedBytes = 0

  constructor({ compact = false, initialBytes = 256 } = {}) {
    this.#compact = compact
    this.#bytes = Buffer.allocUnsafe(initialBytes)
  }

  /** Of all that was written. */
  get sizeInBytes(): number {
    return this.#splicedBytes + this.#at
  }

  bool(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  /** @throws RangeError for a number that does not fit, as all below */
  int8(value: number): this {
    const at = this.#reserve(1)
    this.#bytes.writeInt8(value, at)
    return this
  }

  int16(value: number): this {
    const at = this.#reserve(2)
    this.#bytes.writeInt16BE(value, at)
    return this
  }

  uint16(value: number): this {
    const at = this.#reserve(2)
    this.#bytes.writeUInt16BE(value, at)
    return this
  }

  int32(value: number): this {
    const at = this.#reserve(4)
    this.#bytes.writeInt32BE(value, at)
    return this
  }

  uint32(value: number): this {
    const at = this.#reserve(4)
    this.#bytes.writeUInt32BE(value, at)
    return this
  }

  int64(value: number): this {
    const at = this.#reserve(8)
    this.#bytes.writeInt32BE(Math.floor(value / largestHalf), at)
    this.#bytes.writeUInt32BE(value >>> 0, at + 4)
    return this
  }

  float64(value: number): this {
    const at = this.#reserve(8)
    this.#bytes.writeDoubleBE(value, at)
    return this
  }

  /** @throws DuramenError `ERR_INVALID_ARGUMENT` for what is no id */
  uuid(value: string): this {
    const bytes = Buffer.from(value, 'base64url')
    if (bytes.length !== 16) {
      throw new DuramenError('ERR_INVALID_ARGUMENT', `${shown(value)} is not the id of a topic`)
    }
    return this.#raw(bytes)
  }

  /** @throws DuramenError `ERR_INVALID_ARGUMENT` for a text that is longer than the format allows */
  string(value: string | null): this {
    if (value === null) return this.#length16(-1)
    const length = Buffer.byteLength(value)
    if (length > longestString) throw tooLong(value, length)
    this.#length16(length)
    const at = this.#reserve(length)
    this.#bytes.write(value, at)
    return this
  }

  bytes(value: Uint8Array | null): this {
    if (value === null) return this.#length32(-1)
    this.#length32(value.length)
    return this.#raw(value)
  }

  /** As `bytes`, but does not copy: who sends the pieces sends `value`, in its place. */
  blob(value: Buffer | Blob): this {
    const size = value instanceof Uint8Array ? value.length : value.sizeInBytes
    this.#length32(size)
    if (size === 0) return this
    this.#endPiece()
    this.#pieces.push(value)
    this.#splicedBytes += size
    return this
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): this {
    if (items === null) return this.#length32(-1)
    this.#length32(items.length)
    for (const item of items) write(item)
    return this
  }

  /** What ends a structure in flexible versions: its tagged fields, by ascending tag. */
  tags(fields: readonly (readonly [tag: number, bytes: Buffer])[] = []): this {
    if (!this.#compact) return this
    this.unsignedVarint(fields.length)
    for (const [tag, bytes] of fields) {
      this.unsignedVarint(tag)
      this.unsignedVarint(bytes.length)
      this.#raw(bytes)
    }
    return this
  }

  unsignedVarint(value: number): this {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      const at = this.#reserve(1)
      this.#bytes[at] = (rest & 0x7f) | 0x80
    }
    const at = this.#reserve(1)
    this.#bytes[at] = rest
    return this
  }

  /** What was written, where no blob was; the writer is done with it. */
  end(): Buffer {
    return this.#bytes.subarray(this.#from, this.#at)
  }

  /** What was written; the writer is done with it. */
  pieces(): readonly Piece[] {
    this.#endPiece()
    return this.#pieces
  }

  #endPiece(): void {
    if (this.#at > this.#from) this.#pieces.push(this.#bytes.subarray(this.#from, this.#at))
    this.#from = this.#at
  }

  #length16(length: number): this {
    return this.#compact ? this.unsignedVarint(length + 1) : this.int16(length)
  }

  #length32(length: number): this {
    return this.#compact ? this.unsignedVarint(length + 1) : this.int32(length)
  }

  #raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  #reserve(length: number): number {
    const at = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#at, this.#bytes.length * 2))
      // Earlier pieces keep the memory that they are in.
      this.#bytes.copy(larger, this.#from, this.#from, at)
      this.#bytes = larger
    }
    return at
  }
}

function tooLong(text: string, length: number): DuramenError {
  return new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `${shown(text)} takes ${length} bytes, and a text may take ${longestString}`,
  )
}
