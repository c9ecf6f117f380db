import { DuramenError } from '../errors.js'

// Zigzag variable-length integers as Kafka's records use them: seven bits a byte, low bits first,
// the top bit says that more follow. A varint is an int32, a varlong an int64, of which numbers
// hold what lies within 2^53. One and two bytes are nearly all there is, so these come first.

// By the number of leading zero bits. The functions below are this short so that V8 inlines all of
// them into BatchBuilder.append: that makes it twice as fast.
const sizes = Uint8Array.from({ length: 33 }, (_, zeros) =>
  Math.max(1, Math.ceil((32 - zeros) / 7)),
)

/** Bytes that `value`, an int32, takes as a varint: 1 to 5. */
export function varintSize(value: number): number {
  return sizes[Math.clz32((value << 1) ^ (value >> 31))]
}

/** Bytes that `value`, a safe integer, takes as a varlong: 1 to 8. */
export function varlongSize(value: number): number {
  return (value | 0) === value ? varintSize(value) : 4 + sizes[Math.clz32(split(value).high)]
}

/** Writes the int32 `value` at `start`; the position after it. */
export function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start
  let bits = (value << 1) ^ (value >> 31)
  for (; bits >>> 7 !== 0; bits >>>= 7) bytes[at++] = bits | 0x80
  bytes[at] = bits
  return at + 1
}

/** Writes the safe integer `value` at `start`; the position after it. */
export function writeVarlong(bytes: Uint8Array, start: number, value: number): number {
  return (value | 0) === value
    ? writeVarint(bytes, start, value)
    : writeWideVarlong(bytes, start, value)
}

function writeWideVarlong(bytes: Uint8Array, start: number, value: number): number {
  let { low, high } = split(value)
  for (let at = start; at < start + 4; at++, low >>>= 7) bytes[at] = low | 0x80
  return writeVarint(bytes, start + 4, (high >>> 1) ^ -(high & 1))
}

// The zigzag form may pass 2^53, so it is made in two parts: 28 bits, which are four bytes, and up
// to 26 more, which are not zero where an int32 does not do.
function split(value: number): { low: number; high: number } {
  const magnitude = value < 0 ? -1 - value : value
  const low = ((magnitude % 2 ** 27) << 1) | (value < 0 ? 1 : 0)
  return { low, high: Math.floor(magnitude / 2 ** 27) }
}

/** Reads varints one after the other; nothing at or after `end` is looked at. */
export class VarintReader {
  bytes: Uint8Array
  at: number
  end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** @throws DuramenError `ERR_CORRUPT_BATCH` */
  varint(): number {
    const { bytes, at } = this
    if (at + 1 < this.end) {
      const low = bytes[at]
      if (low < 0x80) {
        this.at = at + 1
        return (low >>> 1) ^ -(low & 1)
      }
      const high = bytes[at + 1]
      if (high < 0x80) {
        const bits = (low & 0x7f) | (high << 7)
        this.at = at + 2
        return (bits >>> 1) ^ -(bits & 1)
      }
    }
    return this.#longVarint()
  }

  /** @throws DuramenError `ERR_CORRUPT_BATCH`, also for what lies beyond 2^53 */
  varlong(): number {
    const { bytes, at } = this
    if (at + 1 < this.end) {
      const low = bytes[at]
      if (low < 0x80) {
        this.at = at + 1
        return (low >>> 1) ^ -(low & 1)
      }
    }
    return this.#longVarlong()
  }

  #longVarint(): number {
    let bits = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      // The fifth byte has room for the four bits that are left.
      if (shift === 28 && byte > 0x0f) break
      bits |= (byte & 0x7f) << shift
      if (byte < 0x80) return (bits >>> 1) ^ -(bits & 1)
    }
    throw tooLong()
  }

  #longVarlong(): number {
    const first = this.#byte()
    let magnitude = (first & 0x7f) >>> 1
    let scale = 2 ** 6
    for (let byte = first, count = 1; byte >= 0x80; count++, scale *= 2 ** 7) {
      if (count === 10) throw tooLong()
      byte = this.#byte()
      magnitude += (byte & 0x7f) * scale
    }
    const value = first & 1 ? -1 - magnitude : magnitude
    if (!Number.isSafeInteger(value)) throw tooLong()
    return value
  }

  #byte(): number {
    if (this.at >= this.end) {
      throw new DuramenError('ERR_CORRUPT_BATCH', 'a number is cut off by the end of the batch')
    }
    return this.bytes[this.at++]
  }
}

function tooLong(): DuramenError {
  return new DuramenError('ERR_CORRUPT_BATCH', 'a number is larger than its type allows')
}
