import { createRequire } from 'node:module'
import { DuramenError } from '../errors.js'

export type CodecName = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** One way to compress the records of a batch, in the framing that Kafka's clients expect. */
export interface Codec {
  /** Bits 0 to 2 of a batch's attributes. */
  readonly id: number
  readonly name: CodecName
  /** Lowest and highest level; absent where the codec has none. */
  readonly levels?: readonly [lowest: number, highest: number]
  /** Whether 128 KiB are decompressed in the time of a trip to the thread pool (50 µs), and not 16 KiB. */
  readonly isQuick?: boolean
  /** `level` must be within `levels`; left out, it is the library's default. */
  compress(bytes: Uint8Array, level?: number): Buffer
  /** The same bytes, made on the thread pool: a trip there costs more than a small batch. */
  compressAsync(bytes: Uint8Array, level?: number): Promise<Buffer>
  /**
   * The result holds at most `limit` bytes, and memory is bounded before it is taken.
   *
   * @throws DuramenError `ERR_DECOMPRESSION_LIMIT`, or `ERR_CORRUPT_BATCH` where `bytes` are not
   * what this codec makes.
   */
  decompress(bytes: Uint8Array, limit: number): Buffer
  /** The same on the thread pool. */
  decompressAsync(bytes: Uint8Array, limit: number): Promise<Buffer>
}

const require = createRequire(import.meta.url)
const loaded = new Map<string, unknown>()

/**
 * Loads a codec's library at its first use: together they cost 20 ms, and most programs need one.
 *
 * @throws DuramenError `ERR_UNSUPPORTED_CODEC` that names the package.
 */
export function loadLibrary<T>(codec: CodecName, packageName: string): T {
  // To require it each time takes as long as to decompress 16 KiB.
  if (loaded.has(packageName)) return loaded.get(packageName) as T
  try {
    const library = require(packageName)
    loaded.set(packageName, library)
    return library
  } catch (cause) {
    throw new DuramenError(
      'ERR_UNSUPPORTED_CODEC',
      `${codec} needs the package ${packageName}, which does not load: install it, or use another codec`,
      { cause },
    )
  }
}

export function doesNotDecompress(codec: CodecName, cause?: unknown): DuramenError {
  return new DuramenError('ERR_CORRUPT_BATCH', `the ${codec} data does not decompress`, { cause })
}

export function overLimit(codec: CodecName, limit: number): DuramenError {
  return new DuramenError(
    'ERR_DECOMPRESSION_LIMIT',
    `the ${codec} data takes more than the allowed ${limit} bytes once decompressed`,
  )
}

/**
 * Bounds what a block format can decompress to, for libraries that take no limit themselves. Blocks
 * count as full, which only the last one usually is not: so one block more than `limit` passes, and
 * the result's own length is compared afterwards.
 */
export function decompressBounded(
  codec: CodecName,
  limit: number,
  bound: Bound,
  decompress: () => Buffer,
): Buffer {
  checkBound(codec, limit, bound)
  let result: Buffer
  try {
    result = decompress()
  } catch (cause) {
    throw doesNotDecompress(codec, cause)
  }
  return checkLength(codec, limit, result)
}

/** The same for what decompresses on the thread pool. */
export async function decompressBoundedAsync(
  codec: CodecName,
  limit: number,
  bound: Bound,
  decompress: () => Promise<Buffer>,
): Promise<Buffer> {
  checkBound(codec, limit, bound)
  const result = await decompress().catch((cause) => {
    throw doesNotDecompress(codec, cause)
  })
  return checkLength(codec, limit, result)
}

/** What a format's blocks can decompress to: all together, and the largest. */
export interface Bound {
  readonly bytes: number
  readonly block: number
}

function checkBound(codec: CodecName, limit: number, bound: Bound): void {
  if (bound.bytes - bound.block > limit) throw overLimit(codec, limit)
}

export function checkLength(codec: CodecName, limit: number, result: Buffer): Buffer {
  if (result.length > limit) throw overLimit(codec, limit)
  return result
}
