import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'

// Kafka's encoding of structures: big-endian, lengths in front. In flexible versions ('compact') a
// length is an unsigned varint of one more, 0 is null, and tagged fields end a structure.

const largestHalf = 2 ** 32
const longestString = 2 ** 15 - 1

/** Reads fields one after the other; nothing at or behind the end of the bytes is looked at. */
export class WireReader {
  readonly #bytes: Buffer
  readonly #compact: boolean
  #at: number

  constructor(bytes: Buffer, at = 0, compact = false) {
    this.#bytes = bytes
    this.#at = at
    this.#compact = compact
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** @throws DuramenError `ERR_CORRUPT_RECORD`, as all below */
  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  int64(): number {
    const at = this.#take(8)
    const value = this.#bytes.readInt32BE(at) * largestHalf + this.#bytes.readUInt32BE(at + 4)
    if (Number.isSafeInteger(value)) return value
    throw corrupt(`a number at byte ${at} is beyond 2^53`)
  }

  string(): string {
    return this.nullableString() ?? this.#missing('text')
  }

  nullableString(): string | null {
    const length = this.#compact ? this.#unsignedVarint() - 1 : this.int16()
    if (length === -1) return null
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  /** A view of what is read. */
  bytes(): Buffer {
    return this.nullableBytes() ?? this.#missing('field of bytes')
  }

  nullableBytes(): Buffer | null {
    const length = this.#compact ? this.#unsignedVarint() - 1 : this.int32()
    if (length === -1) return null
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** As many items as the array has, read by `read`. */
  array<T>(read: () => T): T[] {
    const length = this.#compact ? this.#unsignedVarint() - 1 : this.int32()
    // An item takes at least a byte, so that no length makes an array larger than the bytes.
    if (length < 0 || length > this.#bytes.length - this.#at) {
      throw corrupt(`an array of ${length} items does not fit`)
    }
    return Array.from({ length }, read)
  }

  /** Passes over tagged fields; there are none but in flexible versions. */
  skipTags(): void {
    if (!this.#compact) return
    for (let count = this.#unsignedVarint(); count > 0; count--) {
      this.#unsignedVarint()
      this.#take(this.#unsignedVarint())
    }
  }

  #take(length: number): number {
    const at = this.#at
    if (length < 0 || length > this.#bytes.length - at) {
      throw corrupt(`${length} bytes at byte ${at} do not fit the ${this.#bytes.length} there are`)
    }
    this.#at = at + length
    return at
  }

  #unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#take(1)]
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw corrupt('a length takes more than five bytes')
  }

  #missing(what: string): never {
    throw corrupt(`a ${what} is null`)
  }
}

/** The message says what is wrong with the bytes; who reads them says where they stand. */
export function corrupt(message: string): DuramenError {
  return new DuramenError('ERR_CORRUPT_RECORD', message)
}

function tooLong(text: string, length: number): DuramenError {
  return new DuramenError(
    'ERR_INVALID_ARGUMENT',
    `${shown(text)} takes ${length} bytes, and a text may take ${longestString}`,
  )
}

/** Writes fields one after the other, not compact, into memory that grows. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(256)
  #at = 0

  int16(value: number): this {
    const at = this.#reserve(2)
    this.#bytes.writeInt16BE(value, at)
    return this
  }

  int32(value: number): this {
    const at = this.#reserve(4)
    this.#bytes.writeInt32BE(value, at)
    return this
  }

  int64(value: number): this {
    const at = this.#reserve(8)
    this.#bytes.writeInt32BE(Math.floor(value / largestHalf), at)
    this.#bytes.writeUInt32BE(value >>> 0, at + 4)
    return this
  }

  /** @throws DuramenError `ERR_INVALID_ARGUMENT` for a text that is longer than the format allows */
  string(value: string | null): this {
    if (value === null) return this.int16(-1)
    const length = Buffer.byteLength(value)
    if (length > longestString) throw tooLong(value, length)
    this.int16(length)
    const at = this.#reserve(length)
    this.#bytes.write(value, at)
    return this
  }

  bytes(value: Uint8Array | null): this {
    if (value === null) return this.int32(-1)
    this.int32(value.length)
    const at = this.#reserve(value.length)
    this.#bytes.set(value, at)
    return this
  }

  array<T>(items: readonly T[], write: (item: T) => void): this {
    this.int32(items.length)
    for (const item of items) write(item)
    return this
  }

  /** What was written; the writer is done with it. */
  end(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  #reserve(length: number): number {
    const at = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#at, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, at)
      this.#bytes = larger
    }
    return at
  }
}
