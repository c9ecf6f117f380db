import { doesNotDecompress } from './codec.js'

// RFC 8878, section 3; its numbers are little-endian.
const frameMagic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const largestBlock = 128 * 1024

const BlockType = { raw: 0, repeated: 1, compressed: 2 } as const

/**
 * What the zstd frames in `bytes` decompress to at most, and the size of their largest block. The
 * content size in a frame's header is not used: it may lie, and decoders notice only at the end.
 *
 * @throws DuramenError `ERR_CORRUPT_BATCH` where the frames do not fill `bytes`.
 */
export function decompressedBound(bytes: Uint8Array): { bytes: number; block: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bound = { bytes: 0, block: largestBlock }
  try {
    for (let at = 0; at < view.byteLength; ) {
      const magic = view.getUint32(at, true)
      if ((magic & 0xffff_fff0) === skippableMagic) at += 8 + view.getUint32(at + 4, true)
      else if (magic === frameMagic) at = walkFrame(view, at, bound)
      else throw doesNotDecompress('zstd')
    }
  } catch (cause) {
    // A DataView says by a RangeError that the frame ends too early.
    throw cause instanceof RangeError ? doesNotDecompress('zstd', cause) : cause
  }
  return bound
}

/** Adds what one frame can hold to `bound`; the position after the frame. */
function walkFrame(view: DataView, start: number, bound: { bytes: number }): number {
  const flags = view.getUint8(start + 4)
  const singleSegment = (flags & 0x20) !== 0
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][flags >> 6]
  const dictionaryIdBytes = [0, 1, 2, 4][flags & 0b11]
  let at = start + 5 + (singleSegment ? 0 : 1) + dictionaryIdBytes + contentSizeBytes
  for (let last = false; !last; ) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
    const type = (header >> 1) & 0b11
    const size = header >> 3
    last = (header & 1) === 1
    if (type > BlockType.compressed || size > largestBlock) throw doesNotDecompress('zstd')
    bound.bytes += type === BlockType.compressed ? largestBlock : size
    at += 3 + (type === BlockType.repeated ? 1 : size)
  }
  const checksumBytes = flags & 0b100 ? 4 : 0
  return at + checksumBytes
}
