import { promisify } from 'node:util'
import { type Codec, decompressBounded, decompressBoundedAsync, loadLibrary } from './codec.js'
import { withinZlibLimit, withinZlibLimitAsync } from './gzip.js'
import { decompressedBound } from './zstd-frame.js'

/** What node:zlib adds in Node 22.15. */
interface ZlibWithZstd {
  readonly constants: { readonly ZSTD_c_compressionLevel: number }
  zstdCompress(
    bytes: Uint8Array,
    options: { params?: Record<number, number> },
    done: (error: Error | null, result: Buffer) => void,
  ): void
  zstdCompressSync(bytes: Uint8Array, options: { params?: Record<number, number> }): Buffer
  zstdDecompress(
    bytes: Uint8Array,
    options: { maxOutputLength: number },
    done: (error: Error | null, result: Buffer) => void,
  ): void
  zstdDecompressSync(bytes: Uint8Array, options: { maxOutputLength: number }): Buffer
}

interface NodeZstd {
  readonly Encoder: new (
    level: number,
  ) => {
    encode(bytes: Uint8Array): Promise<Buffer>
    encodeSync(bytes: Uint8Array): Buffer
  }
  readonly Decoder: new () => {
    decode(bytes: Uint8Array): Promise<Buffer>
    decodeSync(bytes: Uint8Array): Buffer
  }
}

type Engine = Pick<Codec, 'compress' | 'compressAsync' | 'decompress' | 'decompressAsync'>

const defaultLevel = 3
let engine: Engine | undefined

/** From node:zlib where it has zstd, else from the optional package @toondepauw/node-zstd. */
export const zstd: Codec = {
  id: 4,
  name: 'zstd',
  levels: [-131_072, 22],
  compress: (bytes, level) => loadEngine().compress(bytes, level),
  compressAsync: async (bytes, level) => loadEngine().compressAsync(bytes, level),
  decompress: (bytes, limit) => loadEngine().decompress(bytes, limit),
  decompressAsync: async (bytes, limit) => loadEngine().decompressAsync(bytes, limit),
}

function loadEngine(): Engine {
  engine ??= zlibEngine() ?? packageEngine()
  return engine
}

function zlibEngine(): Engine | undefined {
  const zlib = loadLibrary<Partial<ZlibWithZstd>>('zstd', 'node:zlib')
  const { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } = zlib
  if (!constants || !zstdCompress || !zstdCompressSync) return undefined
  if (!zstdDecompress || !zstdDecompressSync) return undefined
  const params = (level = defaultLevel) => ({
    params: { [constants.ZSTD_c_compressionLevel]: level },
  })
  return {
    compress: (bytes, level) => zstdCompressSync(bytes, params(level)),
    compressAsync: (bytes, level) => promisify(zstdCompress)(bytes, params(level)),
    decompress: (bytes, limit) =>
      withinZlibLimit('zstd', limit, (options) => zstdDecompressSync(bytes, options)),
    decompressAsync: (bytes, limit) =>
      withinZlibLimitAsync('zstd', limit, (options) => promisify(zstdDecompress)(bytes, options)),
  }
}

/** Exported for its test, which has to reach it on every Node. */
export function packageEngine(): Engine {
  const { Encoder, Decoder } = loadLibrary<NodeZstd>('zstd', '@toondepauw/node-zstd')
  const decoder = new Decoder()
  return {
    compress: (bytes, level = defaultLevel) => new Encoder(level).encodeSync(bytes),
    compressAsync: (bytes, level = defaultLevel) => new Encoder(level).encode(bytes),
    decompress: (bytes, limit) =>
      decompressBounded('zstd', limit, decompressedBound(bytes), () => decoder.decodeSync(bytes)),
    decompressAsync: async (bytes, limit) =>
      decompressBoundedAsync('zstd', limit, decompressedBound(bytes), () => decoder.decode(bytes)),
  }
}
