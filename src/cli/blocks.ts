import type { Input } from './input.js'

/** Some of the input: `bytes` from `from` to `to`, which stand still until the next one. */
export interface Block {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
  /** Nothing follows. */
  readonly isLast: boolean
}

/**
 * Reads an input in blocks, the next one while the caller works on one. What a caller leaves of a
 * block, at most `headroom` bytes, stands before the next one.
 */
export class Blocks {
  readonly #input: Input
  readonly #headroom: number
  readonly #buffers: readonly [Buffer, Buffer]
  #turn = 0
  #reading: Promise<number>
  #block: Block = { bytes: Buffer.alloc(0), from: 0, to: 0, isLast: false }

  constructor(input: Input, blockSize: number, headroom: number) {
    this.#input = input
    this.#headroom = headroom
    const make = () => Buffer.allocUnsafeSlow(headroom + blockSize)
    this.#buffers = [make(), make()]
    this.#reading = this.#read()
  }

  /** The next block, after what the last one has from `keptFrom` on. */
  async next(keptFrom = 0): Promise<Block> {
    const size = await this.#reading
    const last = this.#block
    const bytes = this.#buffers[this.#turn]
    const from = this.#headroom - (last.to - keptFrom)
    last.bytes.copy(bytes, from, keptFrom, last.to)
    this.#block = { bytes, from, to: this.#headroom + size, isLast: size === 0 }
    this.#turn ^= 1
    if (size > 0) this.#reading = this.#read()
    return this.#block
  }

  #read(): Promise<number> {
    const target = this.#buffers[this.#turn].subarray(this.#headroom)
    const reading = this.#input.read(target)
    // It is awaited by the next call, and must not count as unhandled until then.
    reading.catch(() => {})
    return reading
  }
}
