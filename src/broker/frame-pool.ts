import type { FrameMemory } from '../protocol/index.js'

/** Smaller frames get memory of their own: it is gone with the next collection of young objects. */
const smallest = 16 * 1024

/** What all that lies free may take: some forty requests of 1 MiB, as producers at full rate send. */
const mostFreeBytes = 40 * 2 ** 20

/**
 * Memory for large requests, that is used again. V8 counts what Buffers take, and collects the whole
 * heap for every 64 MiB: with a new Buffer for each request and read that was 47 times a GB produced.
 */
export class FramePool implements FrameMemory {
  /** By their sizes, which are powers of two. */
  readonly #free = new Map<number, Buffer[]>()
  /** What was made here, and nothing else: small Buffers of Node's stand in memory that they share. */
  readonly #made = new WeakSet<ArrayBufferLike>()
  #freeBytes = 0

  take(bytes: number): Buffer {
    if (bytes < smallest) return Buffer.allocUnsafeSlow(bytes)
    const size = 2 ** Math.ceil(Math.log2(bytes))
    const found = this.#free.get(size)?.pop()
    if (found === undefined) return this.#make(size)
    this.#freeBytes -= size
    return found
  }

  #make(size: number): Buffer {
    const made = Buffer.allocUnsafeSlow(size)
    this.#made.add(made.buffer)
    return made
  }

  /** Takes a frame's memory back: nothing refers to it any more. */
  give(frame: Buffer): void {
    const size = frame.buffer.byteLength
    if (!this.#made.has(frame.buffer) || this.#freeBytes + size > mostFreeBytes) return
    const whole = Buffer.from(frame.buffer, 0, size)
    const same = this.#free.get(size)
    if (same === undefined) this.#free.set(size, [whole])
    else same.push(whole)
    this.#freeBytes += size
  }
}
