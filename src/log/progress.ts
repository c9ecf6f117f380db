import { type NativeLog, scratch } from '../binding.js'
import { DuramenError } from '../errors.js'

interface PendingAppend<T> {
  readonly target: number
  readonly result: T
  readonly resolve: (result: T) => void
  readonly reject: (error: unknown) => void
}

interface Waiter {
  readonly offset: number
  readonly wake: () => void
}

/**
 * What waits for a log's offsets to move: appends for durability, readers for records. The log tells
 * it once each time it is asked to, so that an append with nobody waiting costs nothing. Keeps the
 * event loop alive while anything waits.
 */
export class Progress {
  #native: NativeLog | undefined
  readonly #numbers: Float64Array
  // A queue with a moving head: appends become durable in the order in which they were made.
  #appends: PendingAppend<unknown>[] = []
  #head = 0
  readonly #waiters = new Set<Waiter>()
  #armed = false
  #keepsAlive = false

  constructor(numbers: Float64Array) {
    this.#numbers = numbers
  }

  start(native: NativeLog): void {
    this.#native = native
  }

  /** Resolves with `result` once everything below `target` is durable. */
  durable<T>(target: number, result: T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#appends.push({ target, result, resolve, reject } as PendingAppend<unknown>)
      this.watch()
    })
  }

  /** Resolves once readers may see `offset`, or the log is closed. */
  visible(offset: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', abort)
        this.#keepAlive()
        settle()
      }
      const waiter = { offset, wake: () => end(resolve) }
      const abort = () => end(() => reject(signal?.reason))
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      signal?.addEventListener('abort', abort)
      this.#waiters.add(waiter)
      this.watch()
    })
  }

  /** Called by the log, once for each time it was armed. */
  readonly onProgress = (): void => {
    this.#armed = false
    this.watch()
  }

  /** Settles what can be settled, and asks the log to tell when there is more. */
  watch(): void {
    if (this.#native !== undefined && !this.#armed && this.#isWaiting()) {
      this.#armed = true
      this.#native.arm()
      this.#settle()
    }
    this.#keepAlive()
  }

  /** Wakes and refuses everything: the log is closed. */
  stop(): void {
    this.#native?.state()
    this.#settle()
    this.#native?.unref()
    this.#native = undefined
    const closed = new DuramenError(
      'ERR_CLOSED',
      'the log was closed before the append was durable',
    )
    for (const append of this.#appends.splice(this.#head)) append.reject(closed)
    for (const waiter of [...this.#waiters]) waiter.wake()
  }

  #isWaiting(): boolean {
    return this.#head < this.#appends.length || this.#waiters.size > 0
  }

  #settle(): void {
    const durableOffset = this.#numbers[scratch.durableOffset] as number
    const highWatermark = this.#numbers[scratch.highWatermark] as number
    for (; this.#head < this.#appends.length; this.#head++) {
      const append = this.#appends[this.#head] as PendingAppend<unknown>
      if (append.target > durableOffset) break
      append.resolve(append.result)
    }
    if (this.#numbers[scratch.fenced] === 1) this.#refuse(durableOffset)
    this.#dropSettled()
    for (const waiter of [...this.#waiters]) if (waiter.offset < highWatermark) waiter.wake()
  }

  #refuse(durableOffset: number): void {
    const fenced = new DuramenError(
      'ERR_FENCED',
      `a flush failed, and nothing from offset ${durableOffset} on is certain to be stored; ` +
        'close the log and open it again',
      { durableOffset },
    )
    for (; this.#head < this.#appends.length; this.#head++)
      this.#appends[this.#head]?.reject(fenced)
  }

  #dropSettled(): void {
    if (this.#head < 1024 && this.#head < this.#appends.length) return
    this.#appends = this.#appends.slice(this.#head)
    this.#head = 0
  }

  #keepAlive(): void {
    const wanted = this.#native !== undefined && this.#isWaiting()
    if (wanted === this.#keepsAlive) return
    this.#keepsAlive = wanted
    if (wanted) this.#native?.ref()
    else this.#native?.unref()
  }
}
