// The records of a batch through each codec: the library by itself, and as a batch is built and read.
import { createRequire } from 'node:module'
import zlib from 'node:zlib'
import { BatchBuilder, RecordCursor } from 'duramen/record'
import { measure } from './measure.mjs'

const require = createRequire(import.meta.url)
// About 28 KB: snappy's framing takes 32 KiB at a time.
const RECORDS = 400
const HEADER = 61

/** Lines of a log, which compress about as well as such lines do. */
const inputs = Array.from({ length: RECORDS }, (_, i) => ({
  value: `{"at":${1_700_000_000_000 + 37 * i},"user":"u-${(i * 7919) % 1000}","page":"/shop/${(i * 104_729) % 97}","ms":${(i * 31) % 211}}`,
}))

/** @typedef {{ compress(block: Buffer): Buffer, decompress(block: Buffer): Buffer }} Library */

/** @returns {Library} */
function zstd() {
  const { zstdCompressSync, zstdDecompressSync, constants } = /** @type {any} */ (zlib)
  if (zstdCompressSync !== undefined) {
    const params = { [constants.ZSTD_c_compressionLevel]: 3 }
    return {
      compress: (block) => zstdCompressSync(block, { params }),
      decompress: (block) => zstdDecompressSync(block),
    }
  }
  const { Encoder, Decoder } = require('@toondepauw/node-zstd')
  const encoder = new Encoder(3)
  const decoder = new Decoder()
  return {
    compress: (block) => encoder.encodeSync(block),
    decompress: (block) => decoder.decodeSync(block),
  }
}

/** @type {Record<string, () => Library>} */
const libraries = {
  gzip: () => ({
    compress: (block) => zlib.gzipSync(block),
    decompress: (block) => zlib.gunzipSync(block),
  }),
  snappy: () => {
    const { compressSync, uncompressSync } = /** @type {any} */ (require('snappy'))
    return { compress: compressSync, decompress: uncompressSync }
  },
  lz4: () => {
    const { compressFrameSync, decompressFrameSync } = require('lz4-napi')
    return { compress: compressFrameSync, decompress: decompressFrameSync }
  },
  zstd,
}

/** @param {import('duramen/record').CodecName} compression */
function builderOf(compression) {
  const builder = new BatchBuilder({ compression })
  for (const input of inputs) builder.append(input, 1)
  return builder
}

/**
 * Params: `milliseconds`.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const block = Buffer.from(builderOf('none').build()).subarray(HEADER)
  const whole = { records: RECORDS, bytes: block.length }
  const pieces = []
  for (const [name, library] of Object.entries(libraries)) {
    const { compress, decompress } = library()
    const builder = builderOf(/** @type {import('duramen/record').CodecName} */ (name))
    const batch = Buffer.from(builder.build())
    const compressed = compress(block)
    const cursor = new RecordCursor()
    pieces.push(
      { label: `${name} alone, in`, ...whole, run: () => compress(block).length },
      { label: `${name} in a batch`, ...whole, run: () => builder.finish() },
      { label: `${name} alone, out`, ...whole, run: () => decompress(compressed).length },
      { label: `${name} out of a batch`, ...whole, run: () => cursor.reset(batch).next() },
    )
    trial.same(`what ${name} gives back`, decompress(compressed).equals(block), true)
    let values = 0
    for (cursor.reset(batch); cursor.next(); values++) {
      trial.same(`value ${values} of ${name}`, String(cursor.value), inputs[values]?.value)
    }
    trial.same(`records of ${name}`, values, RECORDS)
  }
  await measure(trial, pieces)
}
