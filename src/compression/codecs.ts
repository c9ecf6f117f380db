import { DuramenError } from '../errors.js'
import type { Codec, CodecName } from './codec.js'
import { gzip } from './gzip.js'
import { lz4 } from './lz4.js'
import { none } from './none.js'
import { snappy } from './snappy.js'
import { zstd } from './zstd.js'

/** In the order of their numbers. */
const codecs: readonly Codec[] = [none, gzip, snappy, lz4, zstd]

/** The names of all codecs, in the order of their numbers. */
export const codecNames: readonly CodecName[] = codecs.map((codec) => codec.name)

/** @throws DuramenError `ERR_UNSUPPORTED_CODEC` for a number that Kafka has not given out. */
export function codecById(id: number): Codec {
  const codec = codecs[id]
  if (codec) return codec
  throw new DuramenError(
    'ERR_UNSUPPORTED_CODEC',
    `there is no compression codec number ${id}: read this with a version that knows it`,
  )
}

/** @throws DuramenError `ERR_UNSUPPORTED_CODEC` for a name that is not a `CodecName`. */
export function codecByName(name: CodecName): Codec {
  const codec = codecs.find((candidate) => candidate.name === name)
  if (codec) return codec
  throw new DuramenError(
    'ERR_UNSUPPORTED_CODEC',
    `there is no compression codec ${JSON.stringify(name)}: use one of ${codecNames.join(', ')}`,
  )
}

/** @throws DuramenError `ERR_INVALID_OPTION` where the codec does not take this level. */
export function checkLevel(codec: Codec, level: number | undefined): void {
  if (level === undefined) return
  const [lowest, highest] = codec.levels ?? []
  if (lowest === undefined || highest === undefined) {
    throw new DuramenError(
      'ERR_INVALID_OPTION',
      `${codec.name} has no compression levels: leave compressionLevel (${level}) out`,
    )
  }
  if (!Number.isInteger(level) || level < lowest || level > highest) {
    throw new DuramenError(
      'ERR_INVALID_OPTION',
      `compressionLevel is ${level}: ${codec.name} takes an integer from ${lowest} to ${highest}`,
    )
  }
}
