// Appending from JavaScript: the engine between its peers and a bare file.
import { PEERS } from './peers.mjs'

const RECORDS = { perBatch: 1000, recordBytes: 100 }

/** The engine first, so that its line stands on top. */
const ENGINE = [
  {
    name: 'duramen append',
    file: 'cases/store.mjs',
    needs: ['engine'],
    params: { store: 'engine/store-records.mjs' },
  },
  {
    name: 'duramen appendColumns',
    file: 'cases/store.mjs',
    needs: ['engine'],
    params: { store: 'engine/store-columns.mjs' },
  },
]

/** @type {import('../lib/runner.mjs').Group[]} */
export const append = [
  {
    name: 'append-os',
    title: '100-byte records in batches of 1,000, policy os (survives kill -9, not a power cut)',
    sizes: {
      smoke: { records: 5_000, ...RECORDS, measure: 'append', sync: false },
      quick: { records: 300_000, ...RECORDS, measure: 'append', sync: false },
      full: { records: 5_000_000, ...RECORDS, measure: 'append', sync: false },
    },
    cases: [...ENGINE, ...PEERS],
    expect: [
      { of: 'duramen append', against: 'lmdb', metric: 'recordsPerSecond', floor: 3 },
      {
        of: 'duramen append',
        against: 'fs.writev',
        metric: 'recordsPerSecond',
        floor: 0.25,
        aim: 1,
      },
      {
        of: 'duramen appendColumns',
        against: 'duramen append',
        metric: 'recordsPerSecond',
        floor: 2,
      },
    ],
  },
  {
    name: 'append-sync',
    title:
      '100-byte records in batches of 1,000, one writer, each batch on the device before the next',
    sizes: {
      smoke: { records: 3_000, ...RECORDS, measure: 'append', sync: true },
      quick: { records: 100_000, ...RECORDS, measure: 'append', sync: true },
      full: { records: 2_000_000, ...RECORDS, measure: 'append', sync: true },
    },
    cases: [...ENGINE, ...PEERS],
    expect: [{ of: 'duramen append', against: 'lmdb', metric: 'recordsPerSecond', floor: 1 }],
  },
  {
    name: 'read-all',
    title: '100-byte records read one by one from the start, value length and first byte touched',
    sizes: {
      smoke: { records: 5_000, ...RECORDS, measure: 'read', sync: false },
      quick: { records: 200_000, ...RECORDS, measure: 'read', sync: false },
      full: { records: 5_000_000, ...RECORDS, measure: 'read', sync: false },
    },
    repeats: { quick: 2 },
    cases: [...ENGINE.slice(0, 1).map((each) => ({ ...each, name: 'duramen read' })), ...PEERS],
    expect: [{ of: 'duramen read', against: 'lmdb', metric: 'recordsPerSecond', floor: 1 }],
  },
]
