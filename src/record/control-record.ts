import { checkedOptions, type Option } from '../config/option.js'
import { DuramenError } from '../errors.js'
import { corrupt } from './batch-frame.js'

// Kafka's org.apache.kafka.common.record.ControlRecordType and EndTransactionMarker.
const types = ['abort', 'commit'] as const
const keySize = 4
const valueSize = 6

/** What the record of a control batch says about the transaction that it ends. */
export interface EndTransactionMarker {
  readonly type: 'abort' | 'commit'
  /** Epoch of the transaction coordinator that wrote it. */
  readonly coordinatorEpoch: number
}

function isBytesOrNull(value: unknown): boolean {
  return value === null || (ArrayBuffer.isView(value) && Buffer.isBuffer(value))
}

/**
 * The marker in a control record; undefined for control records that are none, which only Kafka's
 * own metadata log holds.
 *
 * @throws DuramenError `ERR_CORRUPT_BATCH`
 */
export function decodeMarker(record: {
  readonly key: Buffer | null
  readonly value: Buffer | null
}): EndTransactionMarker | undefined {
  const { key, value } = record ?? {}
  if (!isBytesOrNull(key) || !isBytesOrNull(value)) {
    throw new DuramenError('ERR_INVALID_ARGUMENT', 'give a record whose key and value are Buffers')
  }
  // Both start with a version, int16; later versions may only add to the end.
  if (key === null || key.length < keySize) throw corrupt('a control record has no type')
  const type = types[key.readInt16BE(2)]
  if (type === undefined) return undefined
  if (value === null || value.length < valueSize) throw corrupt('a marker has no coordinator epoch')
  return { type, coordinatorEpoch: value.readInt32BE(2) }
}

const markerTable = {
  type: { default: 'abort', choices: types, meaning: 'How it ends.' } as Option<'abort' | 'commit'>,
  coordinatorEpoch: {
    default: -1,
    bounds: [-(2 ** 31), 2 ** 31 - 1],
    meaning: 'Epoch of the transaction coordinator.',
  } as Option<number>,
}

/**
 * The record that says `marker`, for a batch with `isControl` and `isTransactional`.
 *
 * @throws DuramenError `ERR_INVALID_OPTION`
 */
export function encodeMarker(marker: EndTransactionMarker): { key: Buffer; value: Buffer } {
  const { type, coordinatorEpoch } = checkedOptions(markerTable, { ...marker })
  const key = Buffer.alloc(keySize)
  key.writeInt16BE(types.indexOf(type), 2)
  const value = Buffer.alloc(valueSize)
  value.writeInt32BE(coordinatorEpoch, 2)
  return { key, value }
}
