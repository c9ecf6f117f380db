import { pick } from '../support/random.mjs'

const week = 7 * 24 * 3600 * 1000

export const windows = [{ intervalMs: 5 }, { bytes: 5000 }, { intervalMs: 20, bytes: 50_000 }]

/** Options of a log that rolls often, under any policy; each opening may have others. */
export function anyOptions(random, flush = pick(random, ['sync', 'os', pick(random, windows)])) {
  return {
    flush,
    segmentBytes: pick(random, [32_768, 65_536, 262_144, 1 << 20]),
    segmentMs: pick(random, [10, week, week]),
    segmentIndexBytes: pick(random, [256, 10 << 20]),
    indexIntervalBytes: pick(random, [0, 512, 4096]),
    writeAheadBytes: pick(random, [65_536, 1 << 20]),
    checkCrcs: pick(random, ['once', 'always']),
  }
}
