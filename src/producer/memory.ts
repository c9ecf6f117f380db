import { DuramenError } from '../errors.js'

/** Somebody who waits for room. */
interface Waiter {
  /** Takes the room at once. */
  readonly run: () => void
  readonly refuse: (reason: unknown) => void
}

/** How long to wait: at most so many milliseconds, or until the signal says so. */
export interface Patience {
  readonly maxMs: number
  readonly signal?: AbortSignal
}

/**
 * What a producer's records take until they are acknowledged, and who waits for room: first come,
 * first served, so that records keep the order in which they were sent.
 */
export class Memory {
  readonly #limit: number
  #used = 0
  #isGiving = false
  readonly #waiters = new Set<Waiter>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether whoever comes now has to wait. */
  get isFull(): boolean {
    return this.#used >= this.#limit || this.isAwaited
  }

  /** Whether somebody waits for room. */
  get isAwaited(): boolean {
    return this.#waiters.size > 0
  }

  take(bytes: number): void {
    this.#used += bytes
  }

  /** What is given back while a waiter runs counts for the next: none overtakes another. */
  give(bytes: number): void {
    this.#used -= bytes
    if (this.#isGiving) return
    this.#isGiving = true
    try {
      for (const waiter of this.#waiters) {
        if (this.#used >= this.#limit) return
        waiter.run()
      }
    } finally {
      this.#isGiving = false
    }
  }

  /**
   * Calls `run` when there is room and all who came before have had their turn; or `refuse`, with
   * `ERR_BUFFER_FULL` or the signal's reason, when patience is over.
   */
  wait(run: () => void, refuse: (reason: unknown) => void, { maxMs, signal }: Patience): void {
    if (signal?.aborted) {
      refuse(signal.reason)
      return
    }
    const leave = () => {
      this.#waiters.delete(waiter)
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const waiter: Waiter = {
      run: () => {
        leave()
        run()
      },
      refuse: (reason) => {
        leave()
        refuse(reason)
      },
    }
    const onAbort = () => waiter.refuse(signal?.reason)
    const timer = Number.isFinite(maxMs)
      ? setTimeout(() => waiter.refuse(this.#full(maxMs)), maxMs)
      : undefined
    signal?.addEventListener('abort', onAbort)
    this.#waiters.add(waiter)
  }

  /** Refuses all who wait. */
  refuseAll(reason: unknown): void {
    for (const waiter of this.#waiters) waiter.refuse(reason)
  }

  #full(maxMs: number): DuramenError {
    return new DuramenError(
      'ERR_BUFFER_FULL',
      `bufferMemory (${this.#limit} bytes) was full for ${maxMs} ms; send more slowly, or raise it`,
    )
  }
}
