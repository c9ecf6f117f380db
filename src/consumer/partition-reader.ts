import { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import type { Record, RecordCursor } from '../record/index.js'
import type { ConsumerOptions } from './consumer-options.js'

/** One partition of a consumer: how far the application has come, and what was read ahead of it. */
export class PartitionReader {
  readonly log: PartitionLog
  readonly #options: ConsumerOptions
  #position: number
  #readOffset: number
  #cursor: RecordCursor | undefined
  #lastGiven = -1
  #stopWaiting: (() => void) | undefined
  isPaused = false

  /** @param position offset of the first record to give */
  constructor(log: PartitionLog, position: number, options: ConsumerOptions) {
    this.log = log
    this.#options = options
    this.#position = position
    this.#readOffset = position
  }

  /** The offset of the next record that the application has not been through with. */
  get position(): number {
    return this.#position
  }

  /** The application is through with the record of that offset. */
  passed(offset: number): void {
    // Behind the last record there may stand markers, and gaps.
    const isAll = this.#cursor === undefined && offset === this.#lastGiven
    this.#position = isAll ? this.#readOffset : offset + 1
  }

  seek(offset: number): void {
    this.#position = offset
    this.#readOffset = offset
    this.#lastGiven = -1
    this.#cursor = undefined
    this.#stopWaiting?.()
  }

  /** What was given and not passed is given again. */
  rewind(): void {
    this.seek(this.#position)
  }

  /**
   * Reads on when what was read is used up; false at the end of what may be seen.
   *
   * @throws DuramenError what `PartitionLog.read` throws
   */
  async fill(): Promise<boolean> {
    while (this.#cursor === undefined) {
      const from = this.#readOffset
      const view = await this.#read(from)
      if (from !== this.#readOffset) continue // Sought meanwhile.
      if (view === undefined) continue
      this.#readOffset = view.nextOffset
      if (view.isEmpty) return false
      this.#cursor = view.cursor()
    }
    return true
  }

  async #read(from: number) {
    try {
      return await this.log.read(from, { maxBytes: this.#options.fetchMaxBytes })
    } catch (error) {
      if (!(error instanceof DuramenError) || error.code !== 'ERR_OFFSET_OUT_OF_RANGE') throw error
      const { autoOffsetReset } = this.#options
      if (autoOffsetReset === 'none' || from !== this.#readOffset) throw error
      const { logStartOffset, highWatermark } = this.log
      this.seek(autoOffsetReset === 'earliest' ? logStartOffset : highWatermark)
      return undefined
    }
  }

  /** The next record of those that were read; undefined when they are used up. */
  next(): Record | undefined {
    const cursor = this.#cursor
    if (cursor === undefined) return undefined
    if (cursor.next()) {
      const record = cursor.toRecord()
      this.#lastGiven = record.offset
      return this.#options.copy ? record.copy() : record
    }
    this.#cursor = undefined
    if (this.#lastGiven < this.#position) this.#position = this.#readOffset
    return undefined
  }

  /** Calls `wake` once there may be more to read. */
  wait(wake: () => void): void {
    const { reached, cancel } = this.log.visible(this.#readOffset)
    this.#stopWaiting = cancel
    const done = () => {
      this.#stopWaiting = undefined
      wake()
    }
    reached.then(done, done)
  }

  /** Nothing is read any more. */
  close(): void {
    this.#cursor = undefined
    this.#stopWaiting?.()
  }
}
