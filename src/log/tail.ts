import { setImmediate as turn } from 'node:timers/promises'
import { DuramenError } from '../errors.js'
import type { LogView } from './log-view.js'
import type { Progress } from './progress.js'
import type { ReadOptions } from './read-options.js'
import type { ReadableLog } from './readable-log.js'

export type TailOptions = Omit<ReadOptions, 'upTo'>

// Fed from memory, an async loop would otherwise starve every timer, signal and heartbeat.
const longestTurnMs = 5

/** The iterator behind `PartitionLog.tail`. */
export class Tail implements AsyncIterableIterator<LogView> {
  readonly #log: ReadableLog
  readonly #progress: Progress
  readonly #options: TailOptions
  readonly #committed: boolean
  #offset: number
  #lastTurn = performance.now()
  #running: Promise<unknown> | undefined
  #stopWaiting: (() => void) | undefined
  #ended = false

  constructor(log: ReadableLog, progress: Progress, offset: number, options: TailOptions) {
    this.#log = log
    this.#progress = progress
    this.#offset = offset
    this.#options = options
    // Other options are checked when something is read.
    this.#committed = options?.isolation === 'read_committed'
  }

  /** Calls while another is pending are answered in turn. */
  async next(): Promise<IteratorResult<LogView>> {
    while (this.#running !== undefined) await this.#running
    const next = this.#next()
    this.#running = next.catch(() => {})
    try {
      return await next
    } finally {
      this.#running = undefined
    }
  }

  async #next(): Promise<IteratorResult<LogView>> {
    if (performance.now() - this.#lastTurn > longestTurnMs) await this.#yield()
    while (!this.#ended) {
      const view = await this.#read()
      if (view === undefined) break
      if (!view.isEmpty) {
        this.#offset = view.nextOffset
        return { done: false, value: view }
      }
      // Nothing, and yet readers may see it: whatever that is, others must have their turn.
      if (this.#offset === view.nextOffset && this.#end > this.#offset) {
        await this.#yield()
      }
      this.#offset = view.nextOffset // Behind a gap.
      await this.#wait()
      this.#lastTurn = performance.now()
    }
    this.#ended = true
    return { done: true, value: undefined }
  }

  get #end(): number {
    return this.#committed ? this.#log.lastStableOffset : this.#log.highWatermark
  }

  // An abort ends the wait too, and the next read then throws the signal's reason.
  async #wait(): Promise<void> {
    const { signal } = this.#options
    if (this.#ended || signal?.aborted) return
    const { reached, cancel } = this.#progress.visible(this.#offset, this.#committed)
    this.#stopWaiting = cancel
    signal?.addEventListener('abort', cancel)
    try {
      await reached
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  async #read(): Promise<LogView | undefined> {
    try {
      return await this.#log.read(this.#offset, this.#options)
    } catch (error) {
      if (error instanceof DuramenError && error.code === 'ERR_CLOSED') return undefined
      throw error
    }
  }

  async #yield(): Promise<void> {
    await turn()
    this.#lastTurn = performance.now()
  }

  async return(): Promise<IteratorResult<LogView>> {
    this.#ended = true
    this.#stopWaiting?.()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
