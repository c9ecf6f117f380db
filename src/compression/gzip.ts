import { promisify } from 'node:util'
import type { DuramenError } from '../errors.js'
import {
  type Codec,
  type CodecName,
  checkLength,
  doesNotDecompress,
  loadLibrary,
  overLimit,
} from './codec.js'

type Zlib = typeof import('node:zlib')

const zlib = () => loadLibrary<Zlib>('gzip', 'node:zlib')

export const gzip: Codec = {
  id: 1,
  name: 'gzip',
  levels: [1, 9],
  compress: (bytes, level) => zlib().gzipSync(bytes, { level }),
  compressAsync: (bytes, level) => promisify(zlib().gzip)(bytes, { level }),
  decompress(bytes, limit) {
    const { gunzipSync } = zlib()
    return withinZlibLimit('gzip', limit, (options) => gunzipSync(bytes, options))
  },
  async decompressAsync(bytes, limit) {
    const gunzip = promisify(zlib().gunzip)
    // Its type forgets the form with options.
    const run = gunzip as (bytes: Uint8Array, options: object) => Promise<Buffer>
    return withinZlibLimitAsync('gzip', limit, (options) => run(bytes, options))
  },
}

/** Runs a function of node:zlib, which bounds its output itself, and tells its failures apart. */
export function withinZlibLimit(
  codec: CodecName,
  limit: number,
  decompress: (options: ZlibBound) => Buffer,
): Buffer {
  let result: Buffer
  try {
    result = decompress(zlibBound(limit))
  } catch (cause) {
    throw zlibFault(codec, limit, cause)
  }
  return checkLength(codec, limit, result)
}

/** The same for a function that works on the thread pool. */
export async function withinZlibLimitAsync(
  codec: CodecName,
  limit: number,
  decompress: (options: ZlibBound) => Promise<Buffer>,
): Promise<Buffer> {
  const result = await decompress(zlibBound(limit)).catch((cause) => {
    throw zlibFault(codec, limit, cause)
  })
  return checkLength(codec, limit, result)
}

interface ZlibBound {
  readonly maxOutputLength: number
}

/** zlib takes no bound of 0. */
function zlibBound(limit: number): ZlibBound {
  return { maxOutputLength: Math.max(limit, 1) }
}

function zlibFault(codec: CodecName, limit: number, cause: unknown): DuramenError {
  const isOver = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
  return isOver ? overLimit(codec, limit) : doesNotDecompress(codec, cause)
}
