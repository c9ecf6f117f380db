import { DuramenError } from '../errors.js'

const lengthBytes = 4

/**
 * Cuts a stream of bytes into frames, each of which has its length in front as an int32. A frame that
 * arrives in one chunk is a view of it; nothing is allocated for bytes that have not arrived.
 */
export class Frames {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #bytes = 0
  /** Of the frame that has begun, its length with it; 0 where that is not there yet. */
  #wanted = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of a frame that is not complete. */
  get pendingBytes(): number {
    return this.#bytes
  }

  /**
   * The frames that are complete with this chunk, without their lengths.
   *
   * @throws DuramenError `ERR_INVALID_REQUEST` for a length that is negative or beyond the limit
   */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = []
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    for (;;) {
      if (this.#wanted === 0 && this.#bytes >= lengthBytes) this.#wanted = this.#readLength()
      if (this.#wanted === 0 || this.#bytes < this.#wanted) return frames
      frames.push(this.#takeFrame())
    }
  }

  #readLength(): number {
    if (this.#chunks[0].length < lengthBytes) this.#chunks = [Buffer.concat(this.#chunks)]
    const length = this.#chunks[0].readInt32BE(0)
    if (length >= 0 && length <= this.#maxBytes) return lengthBytes + length
    throw new DuramenError(
      'ERR_INVALID_REQUEST',
      `a request of ${length} bytes; there may be ${this.#maxBytes}`,
    )
  }

  #takeFrame(): Buffer {
    const whole = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    const frame = whole.subarray(lengthBytes, this.#wanted)
    const rest = whole.subarray(this.#wanted)
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#bytes = rest.length
    this.#wanted = 0
    return frame
  }
}
