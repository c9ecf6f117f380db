import { shown } from '../config/option.js'
import { DuramenError } from '../errors.js'

/**
 * Where the bytes end: for memory that is given from outside, not on the way of every record.
 *
 * @throws DuramenError `ERR_INVALID_ARGUMENT` unless it is a Uint8Array with `start` to `end` in it
 */
export function checkedEnd(bytes: unknown, start: unknown, end: unknown): number {
  // A proxy of one passes for an instance, and has no bytes.
  if (!ArrayBuffer.isView(bytes) || !(bytes instanceof Uint8Array)) {
    throw invalid(`the bytes are ${shown(bytes)}: give a Uint8Array`)
  }
  const to = end ?? bytes.length
  if (isPosition(start) && isPosition(to) && start <= to && to <= bytes.length) return to
  throw invalid(
    `start ${shown(start)} and end ${shown(to)} must lie within the ${bytes.length} bytes, in this ` +
      'order',
  )
}

function isPosition(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0
}

function invalid(message: string): DuramenError {
  return new DuramenError('ERR_INVALID_ARGUMENT', message)
}

/** @throws DuramenError `ERR_INVALID_ARGUMENT` where the memory was transferred away */
export function dataViewOf(bytes: Uint8Array): DataView {
  try {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  } catch {
    throw invalid('the memory of the bytes was transferred or cut short: give bytes that are there')
  }
}

type MakeBuffer = new (memory: ArrayBufferLike, at: number, length: number) => Buffer

// Node's Buffer names the class of its instances as its species. Calling that directly takes 19 ns,
// Buffer.from 41 and subarray 46 (Node 20), and a record takes about 30 without its value.
const species = (Buffer as unknown as { [Symbol.species]?: MakeBuffer })[Symbol.species]

function makesBuffers(made: MakeBuffer): boolean {
  if ((made as unknown) === Buffer) return false
  return Object.getPrototypeOf(new made(new ArrayBuffer(1), 0, 1)) === Buffer.prototype
}

/** A Buffer over `length` bytes at `at` of `memory`: a view, not a copy. */
export const bufferOver: (memory: ArrayBufferLike, at: number, length: number) => Buffer =
  species !== undefined && makesBuffers(species)
    ? (memory, at, length) => new species(memory, at, length)
    : (memory, at, length) => Buffer.from(memory as ArrayBuffer, at, length)
