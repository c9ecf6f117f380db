import { checkedOptions, type Option } from '../config/option.js'
import { DuramenError } from '../errors.js'
import type { PartitionLog } from '../log/index.js'
import type { ConsumerOptions } from './consumer-options.js'
import { visibleEnd } from './visible-end.js'

/** Where a partition begins that has no committed offset, or whose position is not there any more. */
export type OffsetReset =
  | 'earliest'
  | 'latest'
  | 'none'
  | OffsetResetDuration
  | `by_duration:P${string}`

/** At the first record that is no older; at the end where all are. */
export interface OffsetResetDuration {
  readonly durationMs: number
}

const durationTable = {
  durationMs: {
    default: 0,
    bounds: [0, Number.MAX_SAFE_INTEGER],
    meaning: 'How far back, in milliseconds.',
  } as Option<number>,
}

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]

// Days and smaller, as java.time.Duration takes them; each part may be left out, but not all.
const durationText =
  /^by_duration:P(?=.*\d)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$/i

/**
 * A duration as an object, or in Kafka's own way, `by_duration:PT1H30M`; undefined for anything else.
 *
 * @throws DuramenError `ERR_INVALID_OPTION` for an object that is no duration
 */
export function durationOf(given: unknown): OffsetResetDuration | undefined {
  if (typeof given === 'object' && given !== null && Object.keys(given).length > 0) {
    return checkedOptions(durationTable, given as { [name: string]: unknown })
  }
  const parts = typeof given === 'string' ? durationText.exec(given) : null
  if (parts === null) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part = '0') => +part)
  const durationMs = Math.floor(days * day + hours * hour + minutes * minute + seconds * second)
  return Number.isSafeInteger(durationMs) ? { durationMs } : undefined
}

/**
 * The offset that `autoOffsetReset` stands for in a log.
 *
 * @throws DuramenError `ERR_NO_OFFSET` where it is 'none', and what `PartitionLog.offsetForTimestamp`
 * throws
 */
export async function resetOffset(
  log: PartitionLog,
  options: Pick<ConsumerOptions, 'autoOffsetReset' | 'isolationLevel'>,
): Promise<number> {
  const { autoOffsetReset: reset } = options
  if (reset === 'earliest') return log.logStartOffset
  if (reset === 'latest') return visibleEnd(log, options)
  if (reset === 'none') throw noOffset(log)
  const { durationMs = 0 } = durationOf(reset) ?? {}
  const found = await log.offsetForTimestamp(Math.max(Date.now() - durationMs, 0))
  return found?.offset ?? visibleEnd(log, options)
}

function noOffset({ topic, partition }: PartitionLog): DuramenError {
  return new DuramenError(
    'ERR_NO_OFFSET',
    `nothing is committed for ${topic}-${partition}, and autoOffsetReset is none; seek, or commit an offset`,
    { topic, partition },
  )
}
