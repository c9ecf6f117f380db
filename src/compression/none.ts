import { type Codec, overLimit } from './codec.js'

const view = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Gives views of its input, not copies. */
export const none: Codec = {
  id: 0,
  name: 'none',
  compress: view,
  compressAsync: async (bytes) => view(bytes),
  decompress(bytes, limit) {
    if (bytes.byteLength > limit) throw overLimit('none', limit)
    return view(bytes)
  },
  decompressAsync: async (bytes, limit) => none.decompress(bytes, limit),
}
