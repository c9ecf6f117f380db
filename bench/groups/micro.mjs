// Small pieces, by tinybench.

const SIZES = {
  smoke: { milliseconds: 20 },
  quick: { milliseconds: 150 },
  full: { milliseconds: 1000 },
}

// Libraries give memory that the collector has to find: the mean would say when it did.
const byTheMiddle = /** @type {const} */ ({ metric: 'p50', want: 'below', floor: 1.1 })

/** @type {import('../lib/runner.mjs').Group[]} */
export const micro = [
  {
    name: 'micro',
    title:
      'encoding in JavaScript, single pieces: records (MB/s of encoded bytes or values), the messages of the protocol',
    sizes: SIZES,
    repeats: { quick: 1, full: 3 },
    cases: [
      { name: 'native call', file: 'micro/native-call.mjs', needs: ['engine', 'tinybench'] },
      { name: 'batch', file: 'micro/batch.mjs', needs: ['record', 'tinybench'] },
      { name: 'varint', file: 'micro/varint.mjs', needs: ['record', 'tinybench'] },
      { name: 'codec', file: 'micro/codecs.mjs', needs: ['record', 'tinybench'] },
      { name: 'crc32c', file: 'micro/crc32c.mjs', needs: ['record', 'tinybench'] },
      { name: 'protocol', file: 'micro/protocol.mjs', needs: ['engine', 'tinybench'] },
    ],
    expect: ['gzip', 'snappy', 'lz4', 'zstd'].flatMap((codec) => [
      {
        of: `codec / ${codec} in a batch`,
        against: `codec / ${codec} alone, in`,
        ...byTheMiddle,
      },
      {
        of: `codec / ${codec} out of a batch`,
        against: `codec / ${codec} alone, out`,
        ...byTheMiddle,
      },
    ]),
  },
]
