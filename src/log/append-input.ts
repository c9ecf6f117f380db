import { appendMode } from '../binding.js'
import { checkedOptions, type Option } from '../config/option.js'
import { DuramenError } from '../errors.js'
import { checkedRecord } from '../record/checked-record.js'
import { BatchBuilder, type BatchOptions, type RecordInput } from '../record/index.js'
import { checkAttached } from '../record/record-input.js'

/** What `append` takes: records, or a batch that is encoded already, whole or in pieces. */
export type AppendInput = RecordInput | readonly RecordInput[] | Uint8Array | readonly Uint8Array[]

/** For records, what their batch says; for a ready batch, how it is taken. */
export interface AppendOptions
  extends Partial<Omit<BatchOptions, 'baseOffset' | 'partitionLeaderEpoch'>> {
  /**
   * Of a ready batch. 'assign' (default): the log gives it the next offsets. 'keep': it has its own,
   * at or above the log end, as a follower's batches have.
   */
  readonly offsets?: 'assign' | 'keep'
  /** Of a ready batch. Default: the log's, or with 'keep' that of the batch. */
  readonly leaderEpoch?: number
}

export interface Appended {
  /** Offset of the first record of the batch. */
  readonly baseOffset: number
  /** The producer sent the batch before, and it was stored then: nothing was appended. */
  readonly duplicate?: true
}

/** What one append waits for, whatever the log's policy. */
export interface FlushOption {
  /** 'sync': to be durable. 'os': to be in the page cache. Default: what the log's policy says. */
  readonly flush?: 'sync' | 'os'
}

const flushOptionTable = {
  flush: {
    default: undefined,
    choices: ['sync', 'os'],
    meaning: 'What this append waits for; default: what the policy of the log says.',
  } as Option<'sync' | 'os' | undefined>,
}

/** @throws DuramenError `ERR_INVALID_OPTION` */
export function onlyFlush(options: FlushOption = {}): 'sync' | 'os' | undefined {
  return checkedOptions(flushOptionTable, options as { [name: string]: unknown }).flush
}

/**
 * The option, and the others, where there are any.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`
 */
export function flushOption(
  options: (AppendOptions & FlushOption) | undefined,
): readonly ['sync' | 'os' | undefined, AppendOptions | undefined] {
  if (options?.flush === undefined) return [undefined, options]
  const { flush, ...others } = options
  return [onlyFlush({ flush }), Object.keys(others).length > 0 ? others : undefined]
}

const readyOptionTable = {
  offsets: {
    default: 'assign',
    choices: ['assign', 'keep'],
    meaning: 'Whether the log assigns the offsets of a ready batch, or it has its own.',
  } as Option<'assign' | 'keep'>,
  leaderEpoch: {
    default: -1,
    bounds: [-1, 2 ** 31 - 1],
    meaning: "Leader epoch of a ready batch; -1: the log's, or for offsets that are kept its own.",
  } as Option<number>,
}

const readyDefaults = { mode: appendMode.assignOffsets, leaderEpoch: -1 }

/**
 * How a ready batch is to be appended.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`
 */
export function readyOptions(options?: AppendOptions): { mode: number; leaderEpoch: number } {
  if (options === undefined) return readyDefaults
  const { offsets, leaderEpoch } = checkedOptions(
    readyOptionTable,
    options as { [name: string]: unknown },
  )
  const mode = offsets === 'keep' ? appendMode.keepOffsets : appendMode.assignOffsets
  return { mode, leaderEpoch }
}

/**
 * The bytes of a ready batch; undefined where the input is records.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`
 */
export function readyBatch(input: AppendInput): Uint8Array | undefined {
  // Memory that another thread may change between check and copy is copied first.
  if (isBytes(input)) {
    return input.buffer instanceof SharedArrayBuffer ? Uint8Array.from(input) : input
  }
  if (!Array.isArray(input) || !isBytes(input[0])) return undefined
  if (input.every(isBytes)) return joined(input)
  throw refused('a chunk of the batch', 'a Uint8Array, as the first one is')
}

// Objects that only look like one, such as a proxy, have no bytes.
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && value instanceof Uint8Array
}

function joined(chunks: readonly Uint8Array[]): Buffer {
  for (const chunk of chunks) checkAttached(chunk, 'a chunk of the batch')
  return Buffer.concat(chunks)
}

/** Of a batch that is whole; without a DataView, which would be most of what an append costs here. */
export function lastOffsetDelta(batch: Uint8Array): number {
  const byte = (at: number) => batch[at] as number
  return (byte(23) << 24) | (byte(24) << 16) | (byte(25) << 8) | byte(26)
}

/** Encodes what `append` is given. */
export class RecordsEncoder {
  // Made when it is needed: 10,000 logs that are only open would hold 157 MiB.
  #builder: BatchBuilder | undefined

  /**
   * A builder that holds the records, to be finished; the next call changes it.
   *
   * @throws DuramenError `ERR_INVALID_ARGUMENT`, `ERR_INVALID_OPTION`, `ERR_BATCH_TOO_LARGE`,
   * `ERR_UNSUPPORTED_CODEC`
   */
  encode(records: readonly RecordInput[], options?: AppendOptions): BatchBuilder {
    // A builder keeps its options, so a batch that has some gets a builder of its own.
    const builder =
      options === undefined ? this.#reused() : new BatchBuilder(recordsOptions(options))
    const now = Date.now()
    for (const record of records) builder.append(checkedRecord(record), now)
    return builder
  }

  #reused(): BatchBuilder {
    this.#builder ??= new BatchBuilder()
    return this.#builder.reset()
  }
}

function recordsOptions(options: AppendOptions): Partial<BatchOptions> {
  if (typeof options !== 'object' || options === null) return options // Refused where it is used.
  for (const name of ['offsets', 'leaderEpoch', 'baseOffset', 'partitionLeaderEpoch']) {
    if (!Object.hasOwn(options, name)) continue
    throw new DuramenError(
      'ERR_INVALID_OPTION',
      `${name} is for ready batches; records get the offsets and the epoch of the log`,
    )
  }
  return options
}

function refused(what: string, allowed: string): DuramenError {
  return new DuramenError('ERR_INVALID_ARGUMENT', `${what} must be ${allowed}`)
}
