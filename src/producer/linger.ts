import type { Accumulator } from './accumulator.js'

/** Closes batches that are not full when they have waited long enough. */
export class Linger {
  readonly #ms: number
  /** When each had the first record of its open batch; the longest waiting first. */
  readonly #since = new Map<Accumulator, number>()
  #scheduled = false

  /** @param ms 0: until the event loop turns */
  constructor(ms: number) {
    this.#ms = ms
  }

  /** Its open batch has had its first record. */
  add(accumulator: Accumulator): void {
    if (this.#ms > 0) {
      this.#since.delete(accumulator)
      this.#since.set(accumulator, performance.now())
    } else {
      this.#since.set(accumulator, 0)
    }
    if (!this.#scheduled) this.#schedule(this.#ms)
  }

  #schedule(ms: number): void {
    this.#scheduled = true
    if (ms > 0) setTimeout(this.#close, ms)
    else setImmediate(this.#close)
  }

  readonly #close = (): void => {
    this.#scheduled = false
    const due = this.#ms > 0 ? performance.now() - this.#ms : 0
    for (const [accumulator, since] of this.#since) {
      // A timer may be early by less than a millisecond.
      if (since > due + 1) {
        this.#schedule(since - due)
        return
      }
      this.#since.delete(accumulator)
      accumulator.close()
    }
  }
}
