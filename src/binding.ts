import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { DuramenError, type ErrorCode, type ErrorDetails } from './errors.js'

/**
 * Platforms that the storage engine is written for, as `process.platform-process.arch`. macOS
 * compiles, but is untested.
 */
export const PLATFORMS: readonly string[] = [
  'linux-x64',
  'linux-arm64',
  'darwin-x64',
  'darwin-arm64',
]

/** Where the calls of `NativeLog` leave numbers in the scratch array that was given to `open`. */
export const scratch = {
  logStartOffset: 0,
  logEndOffset: 1,
  durableOffset: 2,
  highWatermark: 3,
  fenced: 4,
  lastStableOffset: 5,
  /** Of an append: 1 where the log had the batch already. */
  duplicate: 6,
  viewPosition: 7,
  viewLength: 8,
  viewBaseOffset: 9,
  viewNextOffset: 10,
  leaderEpoch: 11,
  length: 12,
} as const

/** How `NativeLog.append` is to take a batch. */
export const appendMode = { built: 0, assignOffsets: 1, keepOffsets: 2, checked: 3 } as const

/** What `Native.checkBatch` tells apart: the numbers of `BatchFault`. */
export const batchFault = { truncated: 1, badMagic: 2, badLength: 3, badCrc: 4 } as const

/** What `NativeLog.read` ends at. */
export const upTo = { highWatermark: 0, logEnd: 1, lastStable: 2 } as const

/** A stretch of a segment that never changes any more; keeps it mapped. */
export interface NativeRegion {
  /** One ArrayBuffer over all of it; undefined where the runtime refuses external memory. */
  bytes(): ArrayBuffer | undefined
  copy(position: number, length: number): Buffer
  /**
   * `head`, bytes of the region and `tail` to a socket's descriptor: how many it took, 0 where it is
   * full, -1 where that cannot be done.
   */
  send(socket: number, head: Buffer, position: number, length: number, tail: Buffer): number
  valid(): boolean
}

/** Where a read found batches: in a region, in a buffer of their own, or nowhere. */
export type NativeMemory = NativeRegion | Buffer | null

type Callback<T> = (error: Error | null, value: T) => void

/** An open log. Every call but those with a callback is synchronous; errors are `DuramenError`s. */
export interface NativeLog {
  append(bytes: Uint8Array, length: number, mode: number, leaderEpoch: number): number
  appendColumns(
    count: number,
    values: Uint8Array,
    valueLengths: Int32Array,
    valueGap: number,
    keys: Uint8Array | null,
    keyLengths: Int32Array | null,
    timestamps: Float64Array | null,
    timestamp: number,
  ): number
  /** undefined: not all of it is in memory. */
  read(
    offset: number,
    maxBytes: number,
    upTo: number,
    onlyIfResident: boolean,
  ): NativeMemory | undefined
  readAsync(offset: number, maxBytes: number, upTo: number, callback: Callback<NativeMemory>): void
  findTimestamp(timestamp: number, callback: Callback<NativeMemory>): void
  findMaxTimestamp(callback: Callback<NativeMemory>): void
  /** Epoch and start offset of each. */
  leaderEpochs(): Float64Array
  /** Producer id, first and last offset of each that has offsets from `from` to below `to`. */
  abortedTransactions(from: number, to: number): Float64Array | null
  producerEpoch(producerId: number): number
  /** `state` knows the last stable offset from then on; of a log that is only read it may block. */
  followTransactions(): void
  state(): void
  /** Asks for one `onProgress` when offsets move, then does as `state`. */
  arm(): void
  ref(): void
  unref(): void
  flush(callback: Callback<void>): void
  /** All of them, as `open` has them; but for those of `PartitionLog.alter` they are the same. */
  setOptions(options: object): void
  rest(callback: Callback<void>): void
  /** Asks for a flush; `onProgress` tells of it. */
  requestFlush(): void
  truncateTo(offset: number, callback: Callback<void>): void
  deleteBefore(offset: number, callback: Callback<void>): void
  close(callback: Callback<void>): void
  info(): NativeLogInfo
}

/** Of a log: sizes now, and what opening it found. */
export interface NativeLogInfo {
  readonly segmentCount: number
  readonly indexBytes: number
  readonly logBytes: number
  /** Offsets below it may be missing without anything being wrong. */
  readonly gapsBelow: number
  /** Bytes that opening had to read. */
  readonly scannedBytes: number
  /** Whether opening had nothing to scan and nothing to mend, as after a clean close. */
  readonly clean: boolean
  readonly findings: NativeFinding[]
}

/** Something that was wrong when the log was opened. */
export interface NativeFinding {
  /**
   * Bytes behind the end, cut and set aside; damage that was left in place; or what a cut that was
   * interrupted had left over.
   */
  readonly kind: 'torn-tail' | 'corruption' | 'moved-aside'
  readonly path: string
  /** In the file, in bytes. */
  readonly position: number
  readonly bytes: number
  readonly fromOffset: number
  /** The last offset, where it is known. */
  readonly toOffset?: number
  /** Where the bytes were copied to. */
  readonly movedTo?: string
}

export interface NativeVerifyReport {
  readonly segments: number
  readonly batches: number
  readonly records: number
  readonly bytes: number
  readonly indexEntries: number
  readonly nextOffset: number
  readonly findings: NativeVerifyFinding[]
}

export interface NativeVerifyFinding {
  readonly path: string
  readonly position: number
  readonly fromOffset?: number
  readonly toOffset?: number
  /** Where bytes that hold no intact batch end; absent where none are damaged. */
  readonly endPosition?: number
  readonly what: string
}

/** A data directory that this process holds as a whole. */
export interface NativeDirectory {
  /** Drops a topic, whose logs are closed, from the checkpoints. */
  forget(topic: string, callback: Callback<void>): void
  release(callback: Callback<void>): void
}

/** A data directory, or that of a log with a lock of its own, as its owner holds it. */
export interface NativeDirectoryLock {
  /** The directory that has lock and checkpoints. */
  readonly root: string
  release(): void
}

/** What the addon exports; `native/addon/module.cc` is the other side of it. */
export interface Native {
  setErrorFactory(
    make: (code: ErrorCode, message: string, details: ErrorDetails) => DuramenError,
  ): void
  open(
    directory: string,
    options: object,
    readOnly: boolean,
    scratch: Float64Array,
    onProgress: () => void,
    callback: Callback<NativeLog>,
  ): void
  claimDirectory(directory: string, callback: Callback<NativeDirectory>): void
  verify(directory: string, gapsBelow: number, callback: Callback<NativeVerifyReport>): void
  /** In snapshots and batches of the log in `directory`; -1 where there is none. */
  largestProducerId(directory: string, callback: Callback<number>): void
  /** Of the log in `partition`; `onlyAsk` takes nothing. Throws `ERR_LOCKED`. */
  lockDirectory(partition: string, onlyAsk: boolean): NativeDirectoryLock
  crc32c(bytes: Uint8Array, previous: number): number
  crc32cName(): string
  /** Line lengths into `lengths`, whose last element receives the bytes that the lines took. */
  splitLines(
    block: Uint8Array,
    from: number,
    to: number,
    delimiter: number,
    lengths: Int32Array,
  ): number
  /**
   * The values of an uncompressed batch, whose frame was checked, with `delimiter` behind each, into
   * `out` at `at`, where there is room for `size` bytes; how many that took, or -1 where the records
   * are malformed.
   */
  joinValues(
    bytes: Uint8Array,
    position: number,
    size: number,
    delimiter: number,
    out: Uint8Array,
    at: number,
  ): number
  /**
   * What is wrong with a batch that a producer sent; undefined where nothing is. `records`: those of a
   * compressed batch that passed without, decompressed. Into `summary`: the kind of the fault; or, of
   * records that could be read, least and largest timestamp, and 1 where a key is null.
   */
  checkBatch(
    batch: Uint8Array,
    records: Uint8Array | null,
    summary: Float64Array,
  ): string | undefined
  /** As `NativeRegion.send`, of what is in three Buffers together. */
  send(socket: number, head: Buffer, body: Buffer, tail: Buffer): number
  pinnedBytes(): number
  nothing(): void
}

let loaded: Native | undefined

/**
 * Loads the addon; further calls return the same.
 *
 * @throws DuramenError `ERR_UNSUPPORTED_PLATFORM` where the engine does not exist for this
 *   platform, `ERR_NOT_BUILT` where the addon is missing or refuses to load.
 */
export function loadNative(): Native {
  if (loaded !== undefined) return loaded
  const platform = `${process.platform}-${process.arch}`
  if (!PLATFORMS.includes(platform)) {
    throw new DuramenError(
      'ERR_UNSUPPORTED_PLATFORM',
      `The storage engine does not run on ${platform}; it runs on ${PLATFORMS.join(', ')}`,
    )
  }
  const require = createRequire(import.meta.url)
  const find: FindAndLoad = require('node-gyp-build')
  try {
    loaded = find(packageFolder) as Native
    loaded.setErrorFactory((code, message, details) => new DuramenError(code, message, details))
    return loaded
  } catch (cause) {
    throw new DuramenError(
      'ERR_NOT_BUILT',
      `The native addon for ${platform} is missing or does not load; run \`npm run build\` in ${packageFolder}`,
      { cause },
    )
  }
}

type FindAndLoad = (packageFolder: string) => unknown

// The same for src/binding.ts under a test runner and for dist/binding.js.
const packageFolder = fileURLToPath(new URL('..', import.meta.url))
