import { type Codec, doesNotDecompress, loadLibrary, overLimit } from './codec.js'

interface Snappy {
  compressSync(bytes: Uint8Array): Buffer
  compress(bytes: Uint8Array): Promise<Buffer>
  uncompress(bytes: Uint8Array): Promise<Buffer>
  uncompressSync(bytes: Uint8Array): Buffer
}

const library = () => loadLibrary<Snappy>('snappy', 'snappy')

// The framing of xerial's snappy-java, which Kafka's clients write: magic, version and lowest
// compatible version as int32, then blocks, each an int32 length and that many raw snappy bytes.
const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const frameHeader = Buffer.concat([magic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const blockSize = 32 * 1024

/** Writes xerial's framing; reads it, and raw snappy, which some clients send. */
export const snappy: Codec = {
  id: 2,
  name: 'snappy',
  isQuick: true,
  compress(bytes) {
    const { compressSync } = library()
    return framed(blocksOf(bytes).map((block) => compressSync(block)))
  },
  async compressAsync(bytes) {
    const { compress } = library()
    return framed(await Promise.all(blocksOf(bytes).map((block) => compress(block))))
  },
  decompress(bytes, limit) {
    const { uncompressSync } = library()
    const { blocks, total } = blocksWithin(bytes, limit)
    try {
      const parts = blocks.map((block) => uncompressSync(block))
      return parts.length === 1 ? parts[0] : Buffer.concat(parts, total)
    } catch (cause) {
      throw doesNotDecompress('snappy', cause)
    }
  },
  async decompressAsync(bytes, limit) {
    const { uncompress } = library()
    const { blocks, total } = blocksWithin(bytes, limit)
    const parts: Buffer[] = []
    try {
      // One at a time: there may be as many as somebody likes to send.
      for (const block of blocks) parts.push(await uncompress(block))
      return parts.length === 1 ? parts[0] : Buffer.concat(parts, total)
    } catch (cause) {
      throw doesNotDecompress('snappy', cause)
    }
  },
}

function blocksWithin(bytes: Uint8Array, limit: number) {
  const blocks = isFramed(bytes) ? framedBlocks(bytes) : [bytes]
  const total = blocks.reduce((sum, block) => sum + uncompressedLength(block), 0)
  if (total > limit) throw overLimit('snappy', limit)
  return { blocks, total }
}

function blocksOf(bytes: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let from = 0; from < bytes.byteLength; from += blockSize) {
    blocks.push(bytes.subarray(from, from + blockSize))
  }
  return blocks
}

function framed(blocks: readonly Uint8Array[]): Buffer {
  const size = blocks.reduce((sum, block) => sum + 4 + block.length, frameHeader.length)
  const frame = Buffer.allocUnsafe(size)
  frame.set(frameHeader)
  let at = frameHeader.length
  for (const block of blocks) {
    frame.writeInt32BE(block.length, at)
    frame.set(block, at + 4)
    at += 4 + block.length
  }
  return frame
}

function isFramed(bytes: Uint8Array): boolean {
  return magic.equals(bytes.subarray(0, magic.length))
}

function framedBlocks(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks: Uint8Array[] = []
  let at = frameHeader.length
  if (at > bytes.byteLength) throw doesNotDecompress('snappy')
  while (at < bytes.byteLength) {
    if (at + 4 > bytes.byteLength) throw doesNotDecompress('snappy')
    const from = at + 4
    const length = view.getInt32(at)
    if (length < 0 || length > bytes.byteLength - from) throw doesNotDecompress('snappy')
    at = from + length
    blocks.push(bytes.subarray(from, at))
  }
  return blocks
}

/** Raw snappy starts with its uncompressed length: an unsigned varint of at most 32 bits. */
function uncompressedLength(block: Uint8Array): number {
  let length = 0
  for (let i = 0; i < 5 && i < block.byteLength; i++) {
    length += (block[i] & 0x7f) * 2 ** (7 * i)
    if (block[i] < 0x80) return length
  }
  throw doesNotDecompress('snappy')
}
