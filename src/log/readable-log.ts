import { type NativeLog, type NativeMemory, upTo } from '../binding.js'
import { DuramenError } from '../errors.js'
import { attempt, type Soon } from '../soon.js'
import { callFor } from './call.js'
import { LogState } from './log-state.js'
import { type LogView, viewOf } from './log-view.js'
import { topicPartitionOf } from './names.js'
import type { Progress, Waiting } from './progress.js'
import { checkedRead, type IsolationLevel, isCommitted, type ReadOptions } from './read-options.js'
import { Tail, type TailOptions } from './tail.js'
import { checkTimestamp, findMaximum, findTimestamp, type OffsetAndTimestamp } from './timestamp.js'

/** What every handle of a log can do. */
export class ReadableLog extends LogState {
  readonly directory: string
  readonly topic: string
  readonly partition: number
  readonly #native: NativeLog
  readonly #numbers: Float64Array
  readonly #progress: Progress

  constructor(directory: string, native: NativeLog, numbers: Float64Array, progress: Progress) {
    super(native, numbers)
    this.directory = directory
    const { topic, partition } = topicPartitionOf(directory)
    this.topic = topic
    this.partition = partition
    this.#native = native
    this.#numbers = numbers
    this.#progress = progress
  }

  /**
   * Batches from the one that holds `offset` on; an empty view at the end. Reads on the thread pool
   * when they are not in memory.
   *
   * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_OPTION`, `ERR_OFFSET_OUT_OF_RANGE`,
   * `ERR_CORRUPT_BATCH`, `ERR_SEGMENT_LOST`, `ERR_MAP_LIMIT`, `ERR_CLOSED`, and `signal.reason` when
   * aborted
   */
  async read(offset: number, options: ReadOptions = {}): Promise<LogView> {
    const view = await this.readSoon(offset, options)
    options.signal?.throwIfAborted()
    return view
  }

  /**
   * As `read`, at once where the batches are in memory, but for a signal that aborts later. It may throw
   * at once, too.
   *
   * @internal
   */
  readSoon(offset: number, options: ReadOptions): Soon<LogView> {
    const [maxBytes, end] = checkedRead(offset, options)
    options.signal?.throwIfAborted()
    const fail = (error: unknown) => {
      throw this.#located(error)
    }
    return attempt(() => {
      const memory = this.#native.read(offset, maxBytes, end, true)
      if (memory !== undefined) return this.#view(memory, offset, end)
      return callFor<NativeMemory, LogView>(
        (done) => this.#native.readAsync(offset, maxBytes, end, done),
        (found) => this.#view(found, offset, end),
      )
    }, fail)
  }

  /** An error of the addon says where in the file it is; here, of which partition. */
  #located(error: unknown): unknown {
    const { topic, partition } = this
    const isOurs = error instanceof DuramenError && error.topic === undefined
    return isOurs ? Object.assign(error, { topic, partition }) : error
  }

  /** As `read`, at once: it blocks the event loop where the batches are not in memory. */
  readSync(offset: number, options: ReadOptions = {}): LogView {
    const [maxBytes, end] = checkedRead(offset, options)
    try {
      const memory = this.#native.read(offset, maxBytes, end, false)
      return this.#view(memory as NativeMemory, offset, end)
    } catch (error) {
      throw this.#located(error)
    }
  }

  #view(memory: NativeMemory, fromOffset: number, end: number = upTo.highWatermark): LogView {
    const { topic, partition } = this
    const aborted = end === upTo.lastStable ? this.#aborted : undefined
    return viewOf(memory, this.#numbers, { topic, partition, fromOffset }, aborted)
  }

  readonly #aborted = (from: number, to: number): Float64Array | null =>
    this.#native.abortedTransactions(from, to)

  /**
   * Views from `offset` on, and further ones as they are appended, by this process or another and
   * without polling, until the log is closed.
   *
   * @throws as `read`, also when the log is cut below where the tail stands
   */
  tail(offset: number, options: TailOptions = {}): AsyncIterableIterator<LogView> {
    return new Tail(this, this.#progress, offset, options)
  }

  /**
   * `reached` resolves once readers may see `offset`, or those with 'read_committed', the log is
   * closed, or `cancel` was called.
   *
   * @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE` when the log is cut below `offset`
   */
  visible(offset: number, isolation?: IsolationLevel): Waiting {
    return this.#progress.visible(offset, isCommitted(isolation))
  }

  /**
   * The first record whose timestamp is at least `timestamp` (ms since the epoch); null where there
   * is none.
   *
   * @throws DuramenError `ERR_CORRUPT_BATCH`, `ERR_CLOSED`
   */
  async offsetForTimestamp(timestamp: number): Promise<OffsetAndTimestamp | null> {
    checkTimestamp(timestamp)
    const first = await callFor<NativeMemory, LogView>(
      (done) => this.#native.findTimestamp(timestamp, done),
      (found) => this.#view(found, this.logStartOffset),
    )
    return findTimestamp(this, first, timestamp)
  }

  /**
   * The first record that has the largest timestamp of all; null where none has one.
   *
   * @throws DuramenError `ERR_CORRUPT_BATCH`, `ERR_CLOSED`
   */
  async maxTimestamp(): Promise<OffsetAndTimestamp | null> {
    const first = await callFor<NativeMemory, LogView>(
      (done) => this.#native.findMaxTimestamp(done),
      (found) => this.#view(found, this.logStartOffset),
    )
    return findMaximum(this, first)
  }
}
