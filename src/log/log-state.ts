import { type NativeLog, type NativeLogInfo, scratch } from '../binding.js'
import { call } from './call.js'

/** How far a log reaches at one moment. */
export interface LogOffsets {
  readonly logStartOffset: number
  readonly highWatermark: number
  readonly lastStableOffset: number
}

/** How far a log reaches, asked of the addon each time. */
export class LogState {
  readonly #native: NativeLog
  readonly #numbers: Float64Array
  #lastInfo: NativeLogInfo | undefined

  constructor(native: NativeLog, numbers: Float64Array) {
    this.#native = native
    this.#numbers = numbers
  }

  #state(at: number): number {
    this.#native.state()
    return this.#numbers[at] as number
  }

  get logStartOffset(): number {
    return this.#state(scratch.logStartOffset)
  }

  /** The offset that the next record will have. */
  get logEndOffset(): number {
    return this.#state(scratch.logEndOffset)
  }

  /** Readers see what is below: with `sync` what is durable, else everything. */
  get highWatermark(): number {
    return this.#state(scratch.highWatermark)
  }

  /**
   * Readers of committed records (`isolation: 'read_committed'`) see what is below: the high
   * watermark, or the first record of a transaction that is still open. Of a log that was opened
   * read-only the first call may block on disk.
   */
  get lastStableOffset(): number {
    this.#native.followTransactions()
    return this.#state(scratch.lastStableOffset)
  }

  /** All that a reader is told, at a time. As with `lastStableOffset` the first call may block. */
  get offsets(): LogOffsets {
    this.#native.followTransactions()
    this.#native.state()
    const numbers = this.#numbers
    return {
      logStartOffset: numbers[scratch.logStartOffset] as number,
      highWatermark: numbers[scratch.highWatermark] as number,
      lastStableOffset: numbers[scratch.lastStableOffset] as number,
    }
  }

  /** Of the batches that are appended next: epochs never fall. -1 in a log that is only read. */
  get leaderEpoch(): number {
    return this.#state(scratch.leaderEpoch)
  }

  /** Everything below has been made durable. */
  get durableOffset(): number {
    return this.#state(scratch.durableOffset)
  }

  /** Whether a flush has failed: then appends are refused until the log is opened again. */
  get isFenced(): boolean {
    return this.#state(scratch.fenced) === 1
  }

  /** Sizes, and what recovery found when the log was opened. */
  get info(): NativeLogInfo {
    return this.#lastInfo ?? this.#native.info()
  }

  /**
   * Gives descriptors and maps back, unless something was appended since the last call or waits to
   * become durable. The next append opens the files again.
   *
   * @throws DuramenError `ERR_NOT_APPENDER`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  rest(): Promise<void> {
    return call((done) => this.#native.rest(done))
  }

  /** What `info` says from now on, also once the log is closed. */
  protected keepInfo(): void {
    this.#lastInfo ??= this.#native.info()
  }
}
