import { DuramenError } from '../errors.js'
import type { LogView, PartitionLog } from '../log/index.js'
import type { Record, RecordCursor } from '../record/index.js'
import type { ConsumerOptions } from './consumer-options.js'
import { shaped } from './deserializer.js'
import { resetOffset } from './offset-reset.js'
import { visibleEnd } from './visible-end.js'

/**
 * One partition of a consumer. What has been read is given record by record or as a whole; what has
 * been given is passed when the application asks for more.
 */
export class PartitionReader {
  readonly log: PartitionLog
  readonly #options: ConsumerOptions<unknown, unknown>
  readonly #isShaped: boolean
  #position: number
  /** Everything below has been given. */
  #given: number
  /** Everything below has been read. */
  #read: number
  #view: LogView | undefined
  /** Before the record that is given next. */
  #cursor: RecordCursor | undefined
  #stopWaiting: (() => void) | undefined
  isPaused = false

  /** @param position offset of the first record to give */
  constructor(log: PartitionLog, position: number, options: ConsumerOptions<unknown, unknown>) {
    this.log = log
    this.#options = options
    const { copy, keyDeserializer, valueDeserializer } = options
    this.#isShaped = copy || keyDeserializer !== undefined || valueDeserializer !== undefined
    this.#position = position
    this.#given = position
    this.#read = position
  }

  /** The application is through with everything below. */
  get position(): number {
    return this.#position
  }

  /** How many offsets lie between the position and the end that readers may see. */
  get lag(): number {
    return Math.max(visibleEnd(this.log, this.#options) - this.#position, 0)
  }

  /** The application is through with everything that it was given. */
  pass(): void {
    this.#position = this.#given
  }

  /** The record at `offset` is given next, or the first behind it. */
  seek(offset: number): void {
    this.#position = offset
    this.#reread(offset)
    this.#stopWaiting?.()
  }

  /** What was given and not passed is given again. */
  rewind(): void {
    this.seek(this.#position)
  }

  #reread(offset: number): void {
    this.#given = offset
    this.#read = offset
    this.#view = undefined
    this.#cursor = undefined
  }

  /** There is nothing to give below: markers and gaps count as passed where all before them is. */
  #skipTo(offset: number): void {
    if (this.#position === this.#given) this.#position = offset
    this.#given = offset
  }

  /**
   * Reads on when what was read is used up.
   *
   * @returns how many bytes there are to give from; 0 at the end of what may be seen
   * @throws DuramenError what `PartitionLog.read` throws
   */
  async fill(): Promise<number> {
    while (this.#view === undefined) {
      const from = this.#read
      const view = await this.#readFrom(from)
      if (from !== this.#read || view === undefined) continue // Sought, or reset, meanwhile.
      this.#read = view.nextOffset
      if (view.isEmpty) {
        this.#skipTo(view.nextOffset)
        return 0
      }
      this.#view = view
    }
    return this.#view.sizeInBytes
  }

  async #readFrom(from: number): Promise<LogView | undefined> {
    const { maxPartitionFetchBytes, fetchMaxBytes, isolationLevel: isolation } = this.#options
    try {
      const maxBytes = Math.min(maxPartitionFetchBytes, fetchMaxBytes)
      return await this.log.read(from, { maxBytes, isolation })
    } catch (error) {
      const isOut = error instanceof DuramenError && error.code === 'ERR_OFFSET_OUT_OF_RANGE'
      if (!isOut || this.#options.autoOffsetReset === 'none') throw error
      const offset = await resetOffset(this.log, this.#options)
      if (from === this.#read) this.seek(offset)
      return undefined
    }
  }

  /**
   * The next record of those that were read; undefined when they are used up. One that cannot be
   * given, as it is broken or not to be deserialized, is met again until it is sought past.
   *
   * @throws DuramenError what `RecordCursor.next` throws, `ERR_DESERIALIZER`
   */
  next(): Record<unknown, unknown> | undefined {
    if (this.#view === undefined) return undefined
    try {
      this.#cursor ??= this.#view.cursor({ fromOffset: this.#given })
      if (this.#cursor.next()) {
        const record = this.#cursor.toRecord()
        const own = this.#isShaped ? shaped(record, this.#options) : record
        this.#given = record.offset + 1
        return own
      }
    } catch (error) {
      this.#reread(this.#given)
      throw error
    }
    this.#skipTo(this.#read)
    this.#reread(this.#read)
    return undefined
  }

  /** All that was read, from the record on that would be given next. */
  takeView(): { view: LogView; fromOffset: number } | undefined {
    const view = this.#view
    const fromOffset = this.#given
    this.#reread(this.#read)
    return view && { view, fromOffset }
  }

  /** As `fill`, and with what has come since. */
  refill(): Promise<number> {
    this.#reread(this.#given)
    return this.fill()
  }

  /** Calls `wake` once there may be more than was read. */
  wait(wake: () => void): void {
    if (this.#stopWaiting !== undefined) return
    const { reached, cancel } = this.log.visible(this.#read, this.#options.isolationLevel)
    this.#stopWaiting = cancel
    const done = () => {
      this.#stopWaiting = undefined
      wake()
    }
    reached.then(done, done)
  }

  /** Nothing is given any more. */
  close(): void {
    this.#view = undefined
    this.#stopWaiting?.()
  }
}
