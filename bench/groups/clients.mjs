// An engine's producers and consumers, beside lmdb with the same records and durability.

const RECORDS = { perBatch: 1000, recordBytes: 100 }

/**
 * @param {string} name
 * @param {string} how
 * @param {object} [producer]
 * @returns {import('../lib/runner.mjs').CaseEntry}
 */
function client(name, how, producer = {}) {
  return { name, file: 'engine/clients.mjs', needs: ['engine'], params: { how, producer } }
}

/** @param {'append' | 'read'} measure */
function lmdb(measure) {
  return {
    name: `lmdb ${measure}`,
    file: 'cases/store.mjs',
    needs: ['peer:lmdb'],
    params: { store: 'compare/lmdb.mjs', measure, sync: false },
  }
}

/** @type {import('../lib/runner.mjs').Group[]} */
export const clients = [
  {
    name: 'clients',
    title: '100-byte records through producers and consumers in this process, policy os',
    sizes: {
      smoke: { records: 3_000, ...RECORDS },
      quick: { records: 200_000, ...RECORDS },
      full: { records: 3_000_000, ...RECORDS },
    },
    repeats: { quick: 2 },
    cases: [
      client('producer.send', 'send'),
      client('producer.enqueue', 'enqueue'),
      client('producer.sendBatch of 1,000', 'sendBatch', { batchSize: 131_072 }),
      lmdb('append'),
      client('consumer, for await', 'consume'),
      client('consumer.poll', 'poll'),
      client('consumer.batches, lengths', 'batches'),
      lmdb('read'),
    ],
    expect: [
      { of: 'producer.send', metric: 'recordsPerSecond', floor: 1_000_000 },
      { of: 'producer.enqueue', metric: 'recordsPerSecond', floor: 2_000_000 },
      {
        of: 'producer.sendBatch of 1,000',
        against: 'lmdb append',
        metric: 'recordsPerSecond',
        floor: 3,
      },
      { of: 'consumer, for await', metric: 'recordsPerSecond', floor: 4_000_000 },
      { of: 'consumer.poll', metric: 'recordsPerSecond', floor: 4_000_000 },
      { of: 'consumer.batches, lengths', metric: 'recordsPerSecond', floor: 10_000_000 },
    ],
  },
  {
    name: 'latency',
    title: '100,000 records a second from enqueue to delivery, in one process',
    sizes: {
      smoke: { records: 1000, perSecond: 100_000 },
      quick: { records: 300_000, perSecond: 100_000 },
      full: { records: 1_000_000, perSecond: 100_000 },
    },
    repeats: { quick: 2 },
    cases: ['os', 'sync'].map((flush) => ({
      name: `policy ${flush}`,
      file: 'engine/latency.mjs',
      needs: ['engine'],
      params: { flush },
    })),
    expect: [
      { of: 'policy os', metric: 'p50', want: 'below', floor: 0.05 },
      { of: 'policy os', metric: 'p99', want: 'below', floor: 1 },
    ],
  },
  {
    name: 'loop-delay',
    title:
      'delay of the event loop while a producer takes 100-byte records at full rate, policy os',
    sizes: {
      smoke: { records: 3_000, ...RECORDS },
      quick: { records: 1_000_000, ...RECORDS },
      full: { records: 5_000_000, ...RECORDS },
    },
    repeats: { quick: 2 },
    cases: ['none', 'lz4', 'zstd'].map((compression) => ({
      name: compression,
      file: 'engine/loop-delay.mjs',
      needs: ['engine'],
      params: { producer: { compression } },
    })),
    expect: [{ of: 'zstd', metric: 'p99', want: 'below', floor: 10 }],
  },
]
