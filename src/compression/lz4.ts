import {
  type Codec,
  decompressBounded,
  decompressBoundedAsync,
  doesNotDecompress,
  loadLibrary,
} from './codec.js'

interface Lz4 {
  compressFrameSync(bytes: Uint8Array): Buffer
  compressFrame(bytes: Uint8Array): Promise<Buffer>
  decompressFrame(bytes: Uint8Array): Promise<Buffer>
  decompressFrameSync(bytes: Uint8Array): Buffer
}

const library = () => loadLibrary<Lz4>('lz4', 'lz4-napi')

/**
 * The LZ4 frame format. Frames are written with independent blocks of 64 KiB to 4 MiB (the size
 * grows with the input) and without content size or content checksum.
 */
export const lz4: Codec = {
  id: 3,
  name: 'lz4',
  isQuick: true,
  compress: (bytes) => library().compressFrameSync(bytes),
  compressAsync: (bytes) => library().compressFrame(bytes),
  decompress(bytes, limit) {
    const { decompressFrameSync } = library()
    const bound = decompressedBound(bytes)
    return decompressBounded('lz4', limit, bound, () => decompressFrameSync(bytes))
  },
  async decompressAsync(bytes, limit) {
    const { decompressFrame } = library()
    const bound = decompressedBound(bytes)
    return decompressBoundedAsync('lz4', limit, bound, () => decompressFrame(bytes))
  },
}

// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; its numbers are little-endian.
const magic = 0x184d2204
const version = 0b01
const storedBit = 0x8000_0000
// A byte of a block stands for 255 bytes of output at most.
const highestRatio = 255

interface FrameHeader {
  readonly size: number
  readonly block: number
  readonly blockChecksum: boolean
}

function decompressedBound(frame: Uint8Array): { bytes: number; block: number } {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const header = parseHeader(view)
  let bytes = 0
  for (let at = header.size; ; ) {
    if (at + 4 > view.byteLength) throw doesNotDecompress('lz4')
    const word = view.getUint32(at, true)
    if (word === 0) return { bytes, block: header.block }
    const stored = word >= storedBit
    const length = stored ? word - storedBit : word
    at += 4 + length + (header.blockChecksum ? 4 : 0)
    bytes += stored ? length : Math.min(header.block, length * highestRatio)
  }
}

function parseHeader(view: DataView): FrameHeader {
  if (view.byteLength < 7 || view.getUint32(0, true) !== magic) throw doesNotDecompress('lz4')
  const flags = view.getUint8(4)
  const sizeCode = (view.getUint8(5) >> 4) & 0b111
  if (flags >> 6 !== version || sizeCode < 4) throw doesNotDecompress('lz4')
  const contentSize = flags & 0b1000 ? 8 : 0
  const dictionaryId = flags & 0b1 ? 4 : 0
  return {
    size: 7 + contentSize + dictionaryId,
    block: 2 ** (8 + 2 * sizeCode),
    blockChecksum: (flags & 0b1_0000) !== 0,
  }
}
