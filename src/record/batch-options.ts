import { type CodecName, checkLevel, codecByName } from '../compression/index.js'
import { DuramenError } from '../errors.js'
import type { TimestampType } from './batch-header.js'

/** What stands in a batch's header besides what follows from its records. */
export interface BatchOptions {
  /** Default 'none'. */
  readonly compression: CodecName
  /** gzip: 1 to 9; zstd: -131072 to 22; the others have none. Default: the library's. */
  readonly compressionLevel?: number
  /** Default 'CreateTime'. */
  readonly timestampType: TimestampType
  /** Default -1: not idempotent; the same for `producerEpoch` and `baseSequence`. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  /** Default false. */
  readonly isTransactional: boolean
  /** Default false. */
  readonly isControl: boolean
  /** Default -1: not known; the log assigns it. */
  readonly partitionLeaderEpoch: number
  /** Default 0; the log assigns it. */
  readonly baseOffset: number
  /** When compaction may drop the tombstones in the batch, ms since the epoch. Default: not set. */
  readonly deleteHorizonMs?: number
}

export const defaultBatchOptions: BatchOptions = {
  compression: 'none',
  compressionLevel: undefined,
  timestampType: 'CreateTime',
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  isTransactional: false,
  isControl: false,
  partitionLeaderEpoch: -1,
  baseOffset: 0,
  deleteHorizonMs: undefined,
}

const int32Max = 2 ** 31 - 1
const bounds: { readonly [name: string]: readonly [lowest: number, highest: number] } = {
  producerId: [-1, Number.MAX_SAFE_INTEGER],
  producerEpoch: [-1, 2 ** 15 - 1],
  baseSequence: [-1, int32Max],
  partitionLeaderEpoch: [-1, int32Max],
  baseOffset: [0, Number.MAX_SAFE_INTEGER],
  deleteHorizonMs: [0, Number.MAX_SAFE_INTEGER - 1],
}
const timestampTypes = ['CreateTime', 'LogAppendTime']

/**
 * `options` over `base`, checked; an option that is undefined counts as left out.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`, `ERR_UNSUPPORTED_CODEC`
 */
export function batchOptions(
  options: Partial<BatchOptions>,
  base: BatchOptions = defaultBatchOptions,
): BatchOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) checkOption(name, value)
  const result: BatchOptions = { ...base, ...Object.fromEntries(given) }
  checkLevel(codecByName(result.compression), result.compressionLevel)
  return result
}

function checkOption(name: string, value: unknown): void {
  if (!Object.hasOwn(defaultBatchOptions, name)) {
    throw invalid(name, value, `one of the options ${Object.keys(defaultBatchOptions).join(', ')}`)
  }
  if (name === 'timestampType' && !timestampTypes.includes(value as string)) {
    throw invalid(name, value, timestampTypes.join(' or '))
  }
  if (name.startsWith('is') && typeof value !== 'boolean') throw invalid(name, value, 'a boolean')
  const [lowest, highest] = bounds[name] ?? []
  if (lowest === undefined || highest === undefined) return
  if (!Number.isSafeInteger(value) || (value as number) < lowest || (value as number) > highest) {
    throw invalid(name, value, `an integer from ${lowest} to ${highest}`)
  }
}

function invalid(name: string, value: unknown, allowed: string): DuramenError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return new DuramenError('ERR_INVALID_OPTION', `${name} is ${shown}: give ${allowed}`)
}
