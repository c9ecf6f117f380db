import { type CodecName, checkLevel, codecByName, codecNames } from '../compression/index.js'
import { checkedOptions, type Option, type OptionValues } from '../config/option.js'
import type { TimestampType } from './batch-header.js'

const int32Max = 2 ** 31 - 1

/** What stands in a batch's header besides what follows from its records. */
export const batchOptionTable = {
  compression: {
    kafka: 'compression.type',
    default: 'none',
    choices: codecNames,
    meaning: 'Codec of the records.',
  } as Option<CodecName>,
  compressionLevel: {
    default: undefined,
    bounds: [-131_072, 22],
    meaning: "gzip takes 1 to 9, zstd -131072 to 22, the others none. Default: the library's.",
  } as Option<number | undefined>,
  timestampType: {
    kafka: 'message.timestamp.type',
    default: 'CreateTime',
    choices: ['CreateTime', 'LogAppendTime'],
    meaning: 'With LogAppendTime, all records have the largest timestamp of the batch.',
  } as Option<TimestampType>,
  producerId: {
    default: -1,
    bounds: [-1, Number.MAX_SAFE_INTEGER],
    meaning: 'Of an idempotent producer; -1 for none.',
  } as Option<number>,
  producerEpoch: {
    default: -1,
    bounds: [-1, 2 ** 15 - 1],
    meaning: 'Epoch of the producer; -1 for none.',
  } as Option<number>,
  baseSequence: {
    default: -1,
    bounds: [-1, int32Max],
    meaning: 'Sequence number of the first record; -1 for none.',
  } as Option<number>,
  isTransactional: {
    default: false,
    meaning: 'Whether the records belong to a transaction.',
  } as Option<boolean>,
  isControl: {
    default: false,
    meaning: 'Whether the records are markers that end a transaction.',
  } as Option<boolean>,
  partitionLeaderEpoch: {
    default: -1,
    bounds: [-1, int32Max],
    meaning: 'Epoch of the leader that appended the batch; -1 until the log assigns it.',
  } as Option<number>,
  baseOffset: {
    default: 0,
    bounds: [0, Number.MAX_SAFE_INTEGER],
    meaning: 'Offset of the first record; the log assigns it.',
  } as Option<number>,
  deleteHorizonMs: {
    default: undefined,
    bounds: [0, Number.MAX_SAFE_INTEGER - 1],
    meaning: 'When compaction may drop the tombstones, ms since the epoch. Default: not set.',
  } as Option<number | undefined>,
}

/** The options of a `BatchBuilder`; docs/configuration.md describes each. */
export type BatchOptions = OptionValues<typeof batchOptionTable>

/**
 * `given` over the defaults, checked; an option that is undefined counts as left out.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`
 */
export function batchOptions(given: Partial<BatchOptions>): BatchOptions {
  const options = checkedOptions(batchOptionTable, given)
  checkLevel(codecByName(options.compression), options.compressionLevel)
  return options
}
