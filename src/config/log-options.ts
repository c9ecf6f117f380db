import { DuramenError } from '../errors.js'
import { checkedOptions, type Option, type OptionValues } from './option.js'

const mebibyte = 1024 * 1024
const int32Max = 2 ** 31 - 1
const day = 24 * 3600 * 1000

/**
 * When an append is acknowledged: once it is durable, or once it is in the page cache. Then it is
 * made durable by the kernel in its own time, or by a flush after `intervalMs` milliseconds, or
 * `bytes` bytes of batches, whichever comes first.
 */
export type FlushPolicy = 'sync' | 'os' | FlushWindow

/** At least one of the two, a flush follows when the first of them is reached. */
export type FlushWindow =
  | { readonly intervalMs: number; readonly bytes?: number | undefined }
  | { readonly intervalMs?: number | undefined; readonly bytes: number }

/** The options of one log, as docs/configuration.md has them. */
export const logOptions = {
  flush: {
    default: 'sync',
    choices: ['sync', 'os'],
    meaning:
      "'sync': an append resolves when a flush has made it durable, and readers see it from then " +
      "on. 'os': it resolves when it is in the page cache; a power cut may take it back, a killed " +
      'process does not. { intervalMs, bytes }: as os, but a flush follows after at most so many ' +
      'milliseconds, or bytes of batches.',
    made: ['{ intervalMs, bytes }', checkedWindow],
  } as Option<FlushPolicy>,
  segmentBytes: {
    kafka: 'segment.bytes',
    default: 1024 * mebibyte,
    bounds: [4096, int32Max],
    meaning: 'Size at which a segment is rolled.',
  } as Option<number>,
  segmentMs: {
    kafka: 'segment.ms',
    default: 7 * day,
    bounds: [1, Number.MAX_SAFE_INTEGER],
    meaning: "Age, between a segment's first timestamp and a new one, at which it is rolled.",
  } as Option<number>,
  segmentIndexBytes: {
    kafka: 'segment.index.bytes',
    default: 10 * mebibyte,
    bounds: [64, int32Max],
    meaning: 'Size of an index at which its segment is rolled.',
  } as Option<number>,
  indexIntervalBytes: {
    kafka: 'index.interval.bytes',
    default: 4096,
    bounds: [0, int32Max],
    meaning: 'Bytes of batches between two entries of the sparse indexes.',
  } as Option<number>,
  maxMessageBytes: {
    kafka: 'max.message.bytes',
    default: 1_048_588,
    bounds: [61, int32Max],
    meaning: 'Largest record batch that is accepted, header included, as compressed.',
  } as Option<number>,
  writeAheadBytes: {
    default: 64 * mebibyte,
    bounds: [64 * 1024, int32Max],
    meaning: 'Most that is allocated and prepared ahead of a fast appender.',
  } as Option<number>,
  producerIdExpirationMs: {
    kafka: 'producer.id.expiration.ms',
    default: day,
    bounds: [1, Number.MAX_SAFE_INTEGER],
    meaning:
      'What is known of a producer is forgotten when its last batch is so old by its timestamp, ' +
      'unless a transaction of it is open.',
  } as Option<number>,
  leaderEpoch: {
    default: 0,
    bounds: [0, int32Max],
    meaning: 'Leader epoch that appended batches are given.',
  } as Option<number>,
  recovery: {
    default: 'torn-tail',
    choices: ['torn-tail', 'strict'],
    meaning:
      "After an unclean stop: 'torn-tail' sets unacknowledged bytes at the end aside; 'strict' " +
      'refuses to open where intact batches stand behind a damaged one.',
  } as Option<'torn-tail' | 'strict'>,
  checkCrcs: {
    kafka: 'check.crcs',
    default: 'once',
    choices: ['once', 'always'],
    meaning: 'CRC of a batch: checked at the first read since the log was opened, or at each.',
  } as Option<'once' | 'always'>,
  readOnly: {
    default: false,
    meaning: 'Open beside an owner, or without one; change nothing.',
  } as Option<boolean>,
  create: {
    default: true,
    meaning: 'Make the directory when it is missing.',
  } as Option<boolean>,
}

export type LogOptions = OptionValues<typeof logOptions>

const alterable = [
  'flush',
  'indexIntervalBytes',
  'maxMessageBytes',
  'segmentBytes',
  'segmentIndexBytes',
  'segmentMs',
] as const

/** What may change while a log is open. */
export type LogAlterations = Partial<Pick<LogOptions, (typeof alterable)[number]>>

/** @throws DuramenError `ERR_INVALID_OPTION`, also for an option that is fixed when a log is opened */
export function alteredOptions(before: LogOptions, changes: LogAlterations): LogOptions {
  const names: readonly string[] = alterable
  const fixed = Object.keys(changes).find((name) => name in logOptions && !names.includes(name))
  if (fixed === undefined) {
    const given = Object.entries(changes).filter(([, value]) => value !== undefined)
    return checkedOptions(logOptions, { ...before, ...Object.fromEntries(given) })
  }
  throw new DuramenError(
    'ERR_INVALID_OPTION',
    `${fixed} is fixed while a log is open; close it and open it with another, or alter one of ${names.join(', ')}`,
  )
}

const windowOptions = {
  intervalMs: { default: 0, bounds: [1, day], meaning: 'Most milliseconds.' } as Option<number>,
  bytes: {
    default: 0,
    bounds: [1, Number.MAX_SAFE_INTEGER],
    meaning: 'Most bytes of batches.',
  } as Option<number>,
}

/** As it was given, so that the options of a log open another. */
function checkedWindow(value: unknown): FlushWindow | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const window = checkedOptions(windowOptions, value as { [name: string]: unknown })
  if (window.intervalMs > 0 || window.bytes > 0) return { ...value } as FlushWindow
  throw new DuramenError('ERR_INVALID_OPTION', 'flush names neither intervalMs nor bytes')
}
