import type { PartitionReader } from './partition-reader.js'

const longestTimerMs = 2 ** 31 - 1

/** When a partition that has something is read from. */
export interface FetchOptions {
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
}

/** The partitions of a consumer in turn, those that have something to read; and the wait for one. */
export class Fetcher {
  readonly #options: FetchOptions
  readonly #readers = new Set<PartitionReader>()
  /** Those of which nobody knows that there is nothing to read, in the order of their turns. */
  readonly #ready = new Set<PartitionReader>()
  #wake: (() => void) | undefined
  /** Somebody interrupted while nobody waited: the next wait is over at once. */
  #interrupted = false
  /** Everything has been read: what comes now has to be worth a fetch. */
  #isDry = true
  /** Until when what has come since then waits for more (`performance.now`). */
  #gatherUntil: number | undefined
  isClosed = false

  constructor(options: FetchOptions) {
    this.#options = options
  }

  add(reader: PartitionReader): void {
    this.#readers.add(reader)
    this.ready(reader)
  }

  delete(reader: PartitionReader): void {
    this.#readers.delete(reader)
    this.#ready.delete(reader)
    reader.close()
  }

  /** There may be something to read, or it is paused no longer. */
  ready(reader: PartitionReader): void {
    if (!this.#readers.has(reader) || reader.isPaused) return
    this.#ready.add(reader)
    this.interrupt()
  }

  /** Gives everything back, and ends a wait. */
  close(): void {
    this.isClosed = true
    for (const reader of this.#readers) this.delete(reader)
    this.interrupt()
  }

  /** Ends a wait. */
  interrupt(): void {
    if (this.#wake === undefined) this.#interrupted = true
    this.#wake?.()
    this.#wake = undefined
  }

  /**
   * The next partition that has records; undefined where none has, or too few.
   *
   * @throws DuramenError what reading one throws
   */
  async next(): Promise<PartitionReader | undefined> {
    if (this.#isDry && !(await this.#hasGathered())) return undefined
    this.#isDry = false
    for (const reader of this.#ready) {
      this.#ready.delete(reader)
      if (reader.isPaused) continue
      const bytes = await reader.fill().catch((error) => {
        if (!this.#readers.has(reader)) return 0 // It was taken away meanwhile.
        this.#ready.add(reader) // So that the next call says it again.
        throw error
      })
      if (!this.#readers.has(reader)) continue
      if (bytes > 0) {
        this.#ready.add(reader)
        return reader
      }
      reader.wait(() => this.ready(reader))
    }
    this.#isDry = true
    return undefined
  }

  /** Whether `fetchMinBytes` have come together, or the first of them have waited long enough. */
  async #hasGathered(): Promise<boolean> {
    const { fetchMinBytes, fetchMaxWaitMs } = this.#options
    if (fetchMinBytes === 1) return true
    const until = this.#gatherUntil ?? performance.now() + fetchMaxWaitMs
    let bytes = 0
    for (const reader of this.#ready) {
      if (reader.isPaused) continue
      // What fails is told by reading it in its turn.
      bytes += await reader.refill().catch(() => fetchMinBytes)
      reader.wait(() => this.ready(reader))
    }
    const isEnough = bytes >= fetchMinBytes || performance.now() >= until
    this.#gatherUntil = bytes === 0 || isEnough ? undefined : until
    return isEnough
  }

  /** Resolves when a partition has become ready, or somebody interrupts. */
  async wait(): Promise<void> {
    const isGathering = this.#gatherUntil !== undefined
    const isOver = this.#interrupted || (this.#ready.size > 0 && !isGathering)
    this.#interrupted = false
    if (isOver) return
    const interrupted = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    if (!isGathering) return this.#waitFor(interrupted)
    const left = Math.max((this.#gatherUntil ?? 0) - performance.now(), 0)
    const timer = setTimeout(() => this.interrupt(), left)
    await interrupted
    clearTimeout(timer)
  }

  // A log that is waited for keeps the process alive, and so does waiting without any.
  async #waitFor(interrupted: Promise<void>): Promise<void> {
    const hasNone = [...this.#readers].every(({ isPaused }) => isPaused)
    const alive = hasNone ? setInterval(() => {}, longestTimerMs) : undefined
    await interrupted
    clearInterval(alive)
  }

  /** The same, but no longer than until then (`performance.now`); false when that is over. */
  async waitUntil(until: number, signal?: AbortSignal): Promise<boolean> {
    const ms = until - performance.now()
    if (ms <= 0) return false
    // Nobody tells of what has happened already.
    if (signal?.aborted) return true
    const interrupt = () => this.interrupt()
    const timer = setTimeout(interrupt, Math.min(ms, longestTimerMs))
    signal?.addEventListener('abort', interrupt)
    try {
      await this.wait()
      return true
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
    }
  }
}
