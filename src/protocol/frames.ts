import { DuramenError } from '../errors.js'

const lengthBytes = 4

/** Memory is taken for so many times the bytes of a frame that have arrived, whatever it says. */
const growth = 16

/** Where frames get the memory that they are put together in. */
export interface FrameMemory {
  /** Of at least so many bytes, with anything in them. */
  take(bytes: number): Buffer
  /** What was taken, and nothing refers to any more. */
  give(memory: Buffer): void
}

const ownMemory: FrameMemory = { take: (bytes) => Buffer.allocUnsafeSlow(bytes), give() {} }

/** Such memory as most requests take, of which Node makes many at once. */
const smallFrame = 4096

/**
 * Cuts a stream of bytes into frames, each of which has its length in front as an int32. A frame is
 * put together in memory of its own: each byte is copied once, and of a large one a sixteenth twice.
 */
export class Frames {
  readonly #maxBytes: number
  readonly #memory: FrameMemory
  /** What was added and is in no frame yet. */
  #rest: Buffer = Buffer.alloc(0)
  /** The memory that `#rest` stands in, where that is ours. */
  #kept: Buffer | undefined
  readonly #head = Buffer.alloc(lengthBytes)
  #headFilled = 0
  /** Of the frame that has begun; -1 where its length is not there yet. */
  #length = -1
  /** That frame, as far as it has been put together. */
  #frame: Buffer | undefined
  #filled = 0

  constructor(maxBytes: number, memory: FrameMemory = ownMemory) {
    this.#maxBytes = maxBytes
    this.#memory = memory
  }

  /** Bytes that were added, and are in no frame that `next` has given. */
  get pendingBytes(): number {
    return this.#rest.length + this.#filled
  }

  /** Adds bytes, which may change once `keep` was called. */
  add(chunk: Buffer): void {
    if (this.#rest.length === 0) this.#rest = chunk
    else this.#hold(this.#rest, chunk)
  }

  /**
   * The next frame, without its length; undefined until all of it has arrived.
   *
   * @throws DuramenError `ERR_INVALID_REQUEST` for a length that is negative or beyond the limit
   */
  next(): Buffer | undefined {
    this.#gather()
    if (this.#length < 0 || this.#filled < this.#length) return undefined
    const frame = this.#grown(this.#length).subarray(0, this.#length)
    this.#length = -1
    this.#frame = undefined
    this.#filled = 0
    this.#headFilled = 0
    return frame
  }

  /** Takes over what was added and is in no frame yet. @throws as `next` */
  keep(): void {
    this.#gather()
    if (this.#rest.length > 0 && this.#kept === undefined) this.#hold(this.#rest)
  }

  /** Adds a chunk, and gives the frames that are complete with it. @throws as `next` */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = []
    this.add(chunk)
    for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame)
    return frames
  }

  /** Puts together what is there of the frame that has begun. */
  #gather(): void {
    if (this.#length < 0) {
      this.#headFilled += this.#pass(this.#head, this.#headFilled, lengthBytes)
      if (this.#headFilled < lengthBytes) return
      this.#length = this.#checkedLength()
    }
    const there = Math.min(this.#length, this.#filled + this.#rest.length)
    if (there > this.#filled) this.#filled += this.#pass(this.#grown(there), this.#filled, there)
  }

  /** Moves bytes that were added to `target`, from `at` to at most `end`; how many. */
  #pass(target: Buffer, at: number, end: number): number {
    const count = Math.min(end - at, this.#rest.length)
    this.#rest.copy(target, at, 0, count)
    this.#rest = this.#rest.subarray(count)
    if (this.#rest.length === 0) this.#letGo()
    return count
  }

  /** Moves what is left to memory of ours. */
  #hold(...parts: Buffer[]): void {
    const size = parts.reduce((sum, { length }) => sum + length, 0)
    const memory = this.#memory.take(size)
    let at = 0
    for (const part of parts) at += part.copy(memory, at)
    this.#letGo()
    this.#kept = memory
    this.#rest = memory.subarray(0, size)
  }

  #letGo(): void {
    if (this.#kept !== undefined) this.#memory.give(this.#kept)
    this.#kept = undefined
  }

  #checkedLength(): number {
    const length = this.#head.readInt32BE(0)
    if (length >= 0 && length <= this.#maxBytes) return length
    throw new DuramenError(
      'ERR_INVALID_REQUEST',
      `a request of ${length} bytes; there may be ${this.#maxBytes}${guess(this.#head)}`,
    )
  }

  #grown(bytes: number): Buffer {
    const old = this.#frame
    if (old !== undefined && old.length >= bytes) return old
    const size = Math.min(this.#length, bytes * growth)
    const larger = size <= smallFrame ? Buffer.allocUnsafe(size) : this.#memory.take(size)
    old?.copy(larger, 0, 0, this.#filled)
    this.#frame = larger
    return larger
  }
}

/** What else connects to a port by mistake, and is seen in its first bytes. */
function guess(bytes: Buffer): string {
  if (bytes[0] === 0x16 && bytes[1] === 0x03) return '; it looks like TLS, which is not spoken here'
  return /^[A-Z]{3}[A-Z ]$/.test(bytes.toString('latin1')) ? '; it looks like HTTP' : ''
}
