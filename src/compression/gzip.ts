import { promisify } from 'node:util'
import { type Codec, type CodecName, doesNotDecompress, loadLibrary, overLimit } from './codec.js'

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
}

/** Runs a function of node:zlib, which bounds its output itself, and tells its failures apart. */
export function withinZlibLimit(
  codec: CodecName,
  limit: number,
  decompress: (options: { maxOutputLength: number }) => Buffer,
): Buffer {
  let result: Buffer | undefined
  try {
    // zlib takes no bound of 0.
    result = decompress({ maxOutputLength: Math.max(limit, 1) })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') {
      throw doesNotDecompress(codec, cause)
    }
  }
  if (result === undefined || result.length > limit) throw overLimit(codec, limit)
  return result
}
