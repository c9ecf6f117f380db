import { setImmediate as turn } from 'node:timers/promises'
import { DuramenError } from '../errors.js'
import type { LogView } from './log-view.js'
import type { PartitionLog } from './partition-log.js'
import type { Progress } from './progress.js'
import type { ReadOptions } from './read-options.js'

export type TailOptions = Omit<ReadOptions, 'upTo'>

// Fed from memory, an async loop would otherwise starve every timer, signal and heartbeat.
const longestTurnMs = 5

/** The iterator behind `PartitionLog.tail`. */
export class Tail implements AsyncIterableIterator<LogView> {
  readonly #log: PartitionLog
  readonly #progress: Progress
  readonly #options: TailOptions
  #offset: number
  #lastTurn = performance.now()
  #ended = false

  constructor(log: PartitionLog, progress: Progress, offset: number, options: TailOptions) {
    this.#log = log
    this.#progress = progress
    this.#offset = offset
    this.#options = options
  }

  async next(): Promise<IteratorResult<LogView>> {
    if (performance.now() - this.#lastTurn > longestTurnMs) await this.#yield()
    while (!this.#ended) {
      const view = await this.#read()
      if (view === undefined) break
      if (!view.isEmpty) {
        this.#offset = view.nextOffset
        return { done: false, value: view }
      }
      await this.#progress.visible(this.#offset, this.#options.signal)
      this.#lastTurn = performance.now()
    }
    this.#ended = true
    return { done: true, value: undefined }
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
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
