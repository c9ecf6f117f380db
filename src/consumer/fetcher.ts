import type { PartitionReader } from './partition-reader.js'

/** The partitions of a consumer in turn, those that have something to read; and the wait for one. */
export class Fetcher {
  readonly #readers = new Set<PartitionReader>()
  /** Those of which nobody knows that there is nothing to read, in the order of their turns. */
  readonly #ready = new Set<PartitionReader>()
  #wake: (() => void) | undefined
  /** Somebody interrupted while nobody waited: the next wait is over at once. */
  #interrupted = false
  isClosed = false

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
   * The next partition that has records; undefined where none has.
   *
   * @throws DuramenError what reading one throws
   */
  async next(): Promise<PartitionReader | undefined> {
    for (const reader of this.#ready) {
      this.#ready.delete(reader)
      if (reader.isPaused) continue
      const hasRecords = await reader.fill().catch((error) => {
        this.#ready.add(reader) // So that the next call says it again.
        throw error
      })
      if (!this.#readers.has(reader)) continue
      if (hasRecords) {
        this.#ready.add(reader)
        return reader
      }
      reader.wait(() => this.ready(reader))
    }
    return undefined
  }

  /** Resolves when a partition has become ready, or somebody interrupts. */
  wait(): Promise<void> {
    const isOver = this.#ready.size > 0 || this.#interrupted
    this.#interrupted = false
    if (isOver) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** The same, but no longer than until then (`performance.now`); false when that is over. */
  async waitUntil(until: number, signal?: AbortSignal): Promise<boolean> {
    const ms = until - performance.now()
    if (ms <= 0) return false
    // Nobody tells of what has happened already.
    if (signal?.aborted) return true
    const interrupt = () => this.interrupt()
    const timer = setTimeout(interrupt, ms)
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
