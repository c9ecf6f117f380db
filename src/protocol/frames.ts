import { DuramenError } from '../errors.js'

const lengthBytes = 4

/** Memory is taken for so many times the bytes of a frame that have arrived, whatever it says. */
const growth = 16

/**
 * Cuts a stream of bytes into frames, each of which has its length in front as an int32. A frame that
 * arrives in one chunk is a view of it; of another each byte is copied once, and a sixteenth of them
 * twice.
 */
export class Frames {
  readonly #maxBytes: number
  /** What has arrived and is in no frame yet: the first of them from `#at` on. */
  readonly #chunks: Buffer[] = []
  #at = 0
  #pendingBytes = 0
  /** Of the frame that has begun; -1 where its length is not there yet. */
  #length = -1
  /** That frame, as far as it has been put together. */
  #frame: Buffer | undefined
  #filled = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that were added, and not looked at by `next`. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  add(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#pendingBytes += chunk.length
  }

  /**
   * The next frame, without its length; undefined until all of it has arrived.
   *
   * @throws DuramenError `ERR_INVALID_REQUEST` for a length that is negative or beyond the limit
   */
  next(): Buffer | undefined {
    if (this.#length < 0) {
      if (this.#pendingBytes < lengthBytes) return undefined
      this.#length = this.#takeLength()
    }
    const frame = this.#frame === undefined ? this.#takeView() : undefined
    if (frame === undefined && !this.#gather()) return undefined
    const whole = frame ?? this.#frame
    this.#length = -1
    this.#frame = undefined
    this.#filled = 0
    return whole
  }

  /** Adds a chunk, and gives the frames that are complete with it. @throws as `next` */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = []
    this.add(chunk)
    for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame)
    return frames
  }

  #takeLength(): number {
    const bytes = Buffer.allocUnsafe(lengthBytes)
    for (let at = 0; at < lengthBytes; at++) {
      bytes[at] = this.#chunks[0][this.#at]
      this.#pass(1)
    }
    const length = bytes.readInt32BE(0)
    if (length >= 0 && length <= this.#maxBytes) return length
    throw new DuramenError(
      'ERR_INVALID_REQUEST',
      `a request of ${length} bytes; there may be ${this.#maxBytes}${guess(bytes)}`,
    )
  }

  /** The frame where it lies in one chunk. */
  #takeView(): Buffer | undefined {
    const at = this.#at
    const [chunk] = this.#chunks
    const end = at + this.#length
    if (this.#length === 0) return Buffer.alloc(0)
    if (chunk === undefined || chunk.length < end) return undefined
    this.#pass(this.#length)
    return chunk.subarray(at, end)
  }

  /** Puts together what is there of the frame; whether that is all. */
  #gather(): boolean {
    const there = Math.min(this.#length, this.#filled + this.#pendingBytes)
    const frame = this.#grown(there)
    while (this.#filled < there) {
      const [chunk] = this.#chunks
      const end = Math.min(chunk.length, this.#at + there - this.#filled)
      chunk.copy(frame, this.#filled, this.#at, end)
      this.#filled += end - this.#at
      this.#pass(end - this.#at)
    }
    return there === this.#length
  }

  #grown(bytes: number): Buffer {
    const old = this.#frame
    if (old !== undefined && old.length >= bytes) return old
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#length, bytes * growth))
    old?.copy(larger, 0, 0, this.#filled)
    this.#frame = larger
    return larger
  }

  #pass(bytes: number): void {
    this.#at += bytes
    this.#pendingBytes -= bytes
    if (this.#at < this.#chunks[0].length) return
    this.#chunks.shift()
    this.#at = 0
  }
}

/** What else connects to a port by mistake, and is seen in its first bytes. */
function guess(bytes: Buffer): string {
  if (bytes[0] === 0x16 && bytes[1] === 0x03) return '; it looks like TLS, which is not spoken here'
  return /^[A-Z]{3}[A-Z ]$/.test(bytes.toString('latin1')) ? '; it looks like HTTP' : ''
}
