import { DuramenError } from '../errors.js'

/**
 * Many records as one block of bytes and an array of lengths; record i has the next
 * `valueLengths[i]` bytes of `values`, or a null value where the length is -1. Keys likewise;
 * without them every key is null. Headers are not possible.
 *
 * The arrays are of these very types, not plain ones, and not in shared memory: lengths in bytes are
 * an `Int32Array`, timestamps a `Float64Array`.
 */
export interface Columns {
  readonly values: Uint8Array
  readonly valueLengths: Int32Array
  readonly keys?: Uint8Array
  readonly keyLengths?: Int32Array
  /** Milliseconds since the epoch, one for each record. Default: now, for all. */
  readonly timestamps?: Float64Array
  /** How many records there are. Default: the length of `valueLengths`. */
  readonly count?: number
  /** Bytes to skip after each value: 1 for lines that end in a delimiter. Default 0. */
  readonly valueGap?: number
}

const fields: readonly string[] = [
  'values',
  'valueLengths',
  'keys',
  'keyLengths',
  'timestamps',
  'count',
  'valueGap',
] satisfies (keyof Columns)[]

/**
 * `columns` with every default filled in.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT`. Lengths, sums and times are checked by the addon.
 */
export function checkedColumns(columns: Columns) {
  if (typeof columns !== 'object' || columns === null) {
    throw new DuramenError(
      'ERR_INVALID_ARGUMENT',
      'the columns must be an object with values and valueLengths',
    )
  }
  const unknown = Object.keys(columns).find((name) => !fields.includes(name))
  if (unknown !== undefined) {
    throw new DuramenError(
      'ERR_INVALID_ARGUMENT',
      `columns have no field ${unknown}; there are ${fields.join(', ')}`,
    )
  }
  const { values, valueLengths, keys = null, keyLengths = null, timestamps = null } = columns
  const { count, valueGap = 0 } = columns
  if (!isBytes(values)) throw refused('values', 'a Uint8Array')
  if (!isOwn(valueLengths, Int32Array)) throw refused('valueLengths', `an Int32Array ${ofOwn}`)
  if (keys !== null && !isBytes(keys)) throw refused('keys', 'a Uint8Array')
  if (keyLengths !== null && !isOwn(keyLengths, Int32Array)) {
    throw refused('keyLengths', `an Int32Array ${ofOwn}`)
  }
  if ((keys === null) !== (keyLengths === null)) throw refused('keys', 'given with keyLengths')
  if (timestamps !== null && !isOwn(timestamps, Float64Array)) {
    throw refused('timestamps', `a Float64Array ${ofOwn}`)
  }
  const records = count ?? valueLengths.length
  if (!isCount(records)) throw refused('count', 'a whole number below 2^31')
  if (!isCount(valueGap)) throw refused('valueGap', 'a whole number below 2^31')
  return { values, valueLengths, keys, keyLengths, timestamps, count: records, valueGap }
}

const ofOwn = 'that no other thread shares'

// The size of the batch follows from these numbers, so they must not change under the encoder.
function isOwn(array: unknown, type: typeof Int32Array | typeof Float64Array): boolean {
  if (!ArrayBuffer.isView(array) || !(array instanceof type)) return false
  return !(array.buffer instanceof SharedArrayBuffer)
}

function isBytes(value: unknown): boolean {
  return ArrayBuffer.isView(value) && value instanceof Uint8Array
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31
}

function refused(name: string, allowed: string): DuramenError {
  return new DuramenError('ERR_INVALID_ARGUMENT', `${name} of the columns must be ${allowed}`)
}
