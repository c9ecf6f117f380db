import { appendMode, loadNative, type NativeLog, scratch } from '../binding.js'
import {
  alteredOptions,
  type LogAlterations,
  type LogOptions,
  logOptions,
} from '../config/log-options.js'
import { checkedOptions } from '../config/option.js'
import type { BatchBuilder, RecordInput } from '../record/index.js'
import {
  type Appended,
  type AppendInput,
  type AppendOptions,
  type FlushOption,
  flushOption,
  lastOffsetDelta,
  onlyFlush,
  RecordsEncoder,
  readyBatch,
  readyOptions,
} from './append-input.js'
import { call } from './call.js'
import { type Columns, checkedColumns } from './columns.js'
import { type EpochStart, epochStarts } from './leader-epochs.js'
import { makeDirectory } from './make-directory.js'
import { checkedPath } from './names.js'
import { Progress } from './progress.js'
import { checkOffset } from './read-options.js'
import { ReadableLog } from './readable-log.js'
import { announceFindings } from './recovered.js'
import { type VerifyReport, verifyDirectory } from './verify.js'

export type PartitionLogOptions = Partial<LogOptions>

/**
 * One directory, one log: an append-only sequence of record batches with an offset for each record,
 * in Apache Kafka's own files (docs/format.md).
 *
 * The first handle of a process to open a directory appends; others, also in worker threads, read.
 * What an acknowledged append survives is in docs/durability.md.
 */
export class PartitionLog extends ReadableLog {
  #options: Readonly<LogOptions>
  readonly #native: NativeLog
  readonly #progress: Progress
  readonly #encoder = new RecordsEncoder()
  #closed: Promise<void> | undefined

  private constructor(
    directory: string,
    options: LogOptions,
    native: NativeLog,
    numbers: Float64Array,
    progress: Progress,
  ) {
    super(directory, native, numbers, progress)
    this.#options = options
    this.#native = native
    this.#progress = progress
  }

  /**
   * Opens a log for appending, made when missing, or with `readOnly` for reading beside its owner.
   * After an unclean stop it recovers first; `info.findings` says what was found, and so does the
   * diagnostics channel `duramen:log:recovered`.
   *
   * @throws DuramenError `ERR_INVALID_OPTION`, `ERR_INVALID_ARGUMENT`, `ERR_NOT_FOUND`,
   * `ERR_NOT_A_DIRECTORY`, `ERR_FOREIGN_DIRECTORY`, `ERR_LOCKED`, `ERR_OPTIONS_DIFFER`,
   * `ERR_CORRUPT_LOG`, `ERR_ACCESS`, `ERR_READ_ONLY`, `ERR_NO_SPACE`, `ERR_TOO_MANY_FILES`, `ERR_MAP_LIMIT`, `ERR_IO`
   */
  static async open(directory: string, options: PartitionLogOptions = {}): Promise<PartitionLog> {
    const checked = checkedOptions(logOptions, options)
    const path = checkedPath(directory)
    if (checked.create && !checked.readOnly) await makeDirectory(path)
    const numbers = new Float64Array(scratch.length)
    const progress = new Progress(numbers, checked.flush)
    const native = await call<NativeLog>((done) =>
      loadNative().open(path, checked, checked.readOnly, numbers, progress.onProgress, done),
    )
    progress.start(native)
    const log = new PartitionLog(path, checked, native, numbers, progress)
    announceFindings(log)
    return log
  }

  get options(): Readonly<LogOptions> {
    return this.#options
  }

  /**
   * Changes options from the next append on. A segment does not outgrow what `segmentBytes` was
   * when it was begun.
   *
   * @throws DuramenError `ERR_INVALID_OPTION`, `ERR_NOT_APPENDER`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  alter(changes: LogAlterations): void {
    this.#options = alteredOptions(this.#options, changes)
    this.#native.setOptions(this.#options)
    this.#progress.setPolicy(this.#options.flush)
  }

  /**
   * Appends records as one batch, or a ready batch, which is checked. The input's bytes are copied
   * before it returns. Resolves when the flush policy is met, or for this append `options.flush`.
   *
   * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_OPTION`, `ERR_UNSUPPORTED_CODEC`,
   * `ERR_INVALID_BATCH`, `ERR_UNSUPPORTED_MAGIC`, `ERR_BATCH_TOO_LARGE`, `ERR_OFFSET_OUT_OF_RANGE`, `ERR_OFFSET_OVERFLOW`, `ERR_NO_SPACE`,
   * for a batch with a producer id `ERR_OUT_OF_ORDER_SEQUENCE`, `ERR_INVALID_PRODUCER_EPOCH`,
   * `ERR_INVALID_TXN_STATE`, `ERR_TRANSACTION_COORDINATOR_FENCED`; `ERR_NOT_APPENDER`, `ERR_READ_ONLY`, `ERR_FENCED`, `ERR_SEGMENT_LOST`, `ERR_CLOSED`
   */
  async append(input: AppendInput, options?: AppendOptions & FlushOption): Promise<Appended> {
    const [flush, others] = flushOption(options)
    return this.#progress.acknowledged(this.appendSync(input, others), flush)
  }

  /** As `append`, but returns once the bytes are in the map, whatever the policy. */
  appendSync(input: AppendInput, options?: AppendOptions): Appended {
    const ready = readyBatch(input)
    if (ready !== undefined) return this.#appendReady(ready, options)
    const records = (Array.isArray(input) ? input : [input]) as RecordInput[]
    const builder = this.#encoder.encode(records, options)
    return this.#appendBuilt(builder, builder.finish())
  }

  #appendBuilt(builder: BatchBuilder, size: number): Appended {
    const baseOffset = this.#native.append(builder.memory, size, appendMode.built, -1)
    return this.#progress.appended(baseOffset, builder.count)
  }

  /**
   * For who builds batches itself: appends what `finish` has left in `builder`, `size` bytes, which
   * are copied, and answers when `flush` says, at once where it need not wait.
   *
   * @throws as `append`
   */
  appendBatch(
    builder: BatchBuilder,
    size: number,
    flush?: 'sync' | 'os',
  ): Appended | Promise<Appended> {
    return this.#progress.acknowledged(this.#appendBuilt(builder, size), flush)
  }

  /**
   * For who has checked a batch itself: appends it, which is copied, with its CRC or with one that is
   * computed in place. Answers when the policy is met, or at once where nobody `waits`.
   *
   * @throws as `append`
   */
  appendTrusted(
    batch: Uint8Array,
    { computeCrc = false, waits = true } = {},
  ): Appended | Promise<Appended> {
    const mode = computeCrc ? appendMode.built : appendMode.checked
    const baseOffset = this.#native.append(batch, batch.length, mode, -1)
    const result = this.#progress.appended(baseOffset, lastOffsetDelta(batch) + 1)
    return waits ? this.#progress.acknowledged(result) : result
  }

  #appendReady(batch: Uint8Array, options?: AppendOptions): Appended {
    const { mode, leaderEpoch } = readyOptions(options)
    const baseOffset = this.#native.append(batch, batch.length, mode, leaderEpoch)
    return this.#progress.appended(baseOffset, lastOffsetDelta(batch) + 1)
  }

  /**
   * Appends many records as one batch, encoded natively at about the speed of memory.
   *
   * @throws as `append`
   */
  async appendColumns(columns: Columns, options?: FlushOption): Promise<Appended> {
    const flush = onlyFlush(options)
    const { values, valueLengths, keys, keyLengths, timestamps, count, valueGap } =
      checkedColumns(columns)
    const baseOffset = this.#native.appendColumns(
      count,
      values,
      valueLengths,
      valueGap,
      keys,
      keyLengths,
      timestamps,
      Date.now(),
    )
    return this.#progress.acknowledged(this.#progress.appended(baseOffset, count), flush)
  }

  /**
   * The epoch in which a producer has last written here; -1 where nothing is known of it.
   *
   * @throws DuramenError `ERR_NOT_APPENDER`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  producerEpoch(producerId: number): number {
    return this.#native.producerEpoch(producerId)
  }

  /**
   * Where each leader epoch begins that the log knows, in their order.
   *
   * @throws DuramenError `ERR_NOT_APPENDER`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  leaderEpochs(): EpochStart[] {
    return epochStarts(this.#native.leaderEpochs())
  }

  /**
   * Resolves when everything appended before is durable.
   *
   * @throws DuramenError `ERR_FENCED`, `ERR_NOT_APPENDER`, `ERR_READ_ONLY`, `ERR_CLOSED`
   */
  flush(): Promise<void> {
    return call((done) => this.#native.flush(done))
  }

  /**
   * Keeps the records below `offset`; a batch that holds it in its middle goes as a whole, so the log
   * may end before it (`logEndOffset`), but never before it starts: that is out of range. Views that
   * were read before stay as they are.
   *
   * @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE`, `ERR_FENCED`, `ERR_IO`
   */
  async truncateTo(offset: number): Promise<void> {
    checkOffset(offset)
    await call<void>((done) => this.#native.truncateTo(offset, done))
    this.#progress.cutTo(this.logEndOffset)
  }

  /**
   * Makes `offset` the log start offset, at most the high watermark, and removes the segments that
   * lie wholly below it. Views that were read before stay as they are.
   *
   * @throws DuramenError `ERR_OFFSET_OUT_OF_RANGE`, `ERR_IO`
   */
  async deleteBefore(offset: number): Promise<void> {
    checkOffset(offset)
    await call<void>((done) => this.#native.deleteBefore(offset, done))
  }

  /** Checks every batch and index entry of the files; changes nothing. */
  verify(): Promise<VerifyReport> {
    // What stands behind the end of a log that is open for appending is only being written.
    const end = this.options.readOnly ? Number.POSITIVE_INFINITY : this.logEndOffset
    return verifyDirectory(this.directory, this.info.gapsBelow, end)
  }

  /** Flushes, trims the files, and lets go of the directory. Waits for pending appends. */
  close(): Promise<void> {
    this.keepInfo()
    this.#closed ??= call<void>((done) => this.#native.close(done)).finally(() =>
      this.#progress.stop(),
    )
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
