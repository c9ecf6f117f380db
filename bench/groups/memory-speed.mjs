// Where the engine is held against memory itself: ready batches, reading, looking up.
import { floor } from './floors.mjs'

const KIB = 1024
const MIB = 2 ** 20
const GIB = 2 ** 30
const LIVE_OBJECTS = 2_000_000
// Every record of a ready batch is walked (4 ns), so their size matters.
const RECORDS = [100, 1000]

/**
 * @param {string} name
 * @param {string} file
 * @param {Record<string, unknown>} [params]
 * @returns {import('../lib/runner.mjs').CaseEntry}
 */
function engine(name, file, params = {}) {
  return { name, file: `engine/${file}`, needs: ['engine'], params }
}

/**
 * @param {string} way
 * @returns {import('../lib/runner.mjs').CaseEntry}
 */
function withLiveObjects(way) {
  const entry = engine(`${way}, 2 M live`, 'read.mjs', { way, liveObjects: LIVE_OBJECTS })
  return way === 'objects' ? entry : { ...entry, scales: ['smoke', 'full'] }
}

/**
 * @param {number} block
 * @param {number} record
 */
function readyName(block, record) {
  return `duramen, ${block / KIB} KiB of ${record}-byte records`
}

/** @param {number} block */
function burst(block) {
  const source = { block, source: 16 * block }
  return [
    ...RECORDS.map((record) =>
      engine(readyName(block, record), 'append-ready.mjs', { block, record, burst: true }),
    ),
    floor(`floor, ${block / KIB} KiB`, 'window', { bytes: 256 * MIB, ...source }, 256 * MIB),
  ]
}

/** @type {import('../lib/runner.mjs').Group[]} */
export const memorySpeed = [
  {
    name: 'ready-burst',
    title: 'ready batches, policy os, into a window that is populated',
    sizes: { smoke: { bytes: 4 * MIB }, quick: { bytes: 256 * MIB }, full: { bytes: 256 * MIB } },
    repeats: { quick: 2 },
    cases: [...burst(64 * KIB), ...burst(MIB)],
    expect: [64 * KIB, MIB].flatMap((block) =>
      RECORDS.map((record) => ({
        of: readyName(block, record),
        against: `floor, ${block / KIB} KiB / memcpy + CRC`,
        metric: 'bytesPerSecond',
        floor: 0.6,
        aim: 0.85,
      })),
    ),
  },
  {
    name: 'ready-sustained',
    title: 'ready batches of 1 MiB of 1,000-byte records, policy os, populating included',
    sizes: { smoke: { bytes: 8 * MIB }, quick: { bytes: GIB }, full: { bytes: 4 * GIB } },
    repeats: { quick: 2, full: 5 },
    cases: [
      engine('duramen', 'append-ready.mjs', { block: MIB, record: 1000 }),
      { ...floor('first-touch memcpy', 'first-touch', {}), file: 'cases/first-touch.mjs' },
    ],
    expect: [
      {
        of: 'duramen',
        against: 'first-touch memcpy',
        metric: 'bytesPerSecond',
        floor: 0.8,
        aim: 0.95,
      },
    ],
  },
  {
    name: 'read',
    title: 'a log in memory read from its start; with 2 million live objects as well',
    sizes: { smoke: { bytes: 2 * MIB }, quick: { bytes: 128 * MIB }, full: { bytes: GIB } },
    repeats: { quick: 2 },
    cases: [
      engine('batches, CRC checked', 'read.mjs', { way: 'batches' }),
      engine('cursor, lengths touched', 'read.mjs', { way: 'cursor' }),
      engine('objects with Buffers', 'read.mjs', { way: 'objects' }),
      withLiveObjects('batches'),
      withLiveObjects('cursor'),
      withLiveObjects('objects'),
      { ...floor('CRC', 'crc', { bytes: 256 * MIB }), once: true },
    ],
    expect: [
      {
        of: 'batches, CRC checked',
        against: 'CRC / fastest',
        metric: 'bytesPerSecond',
        floor: 0.6,
        aim: 1,
      },
      { of: 'cursor, lengths touched', metric: 'recordsPerSecond', floor: 10e6, aim: 25e6 },
      { of: 'objects with Buffers', metric: 'recordsPerSecond', floor: 4e6, aim: 8e6 },
    ],
  },
  {
    name: 'lookup',
    title: 'one batch by offset, at random, in memory',
    sizes: {
      smoke: { bytes: 2 * MIB, count: 2_000 },
      quick: { bytes: 128 * MIB, count: 500_000 },
      full: { bytes: GIB, count: 5_000_000 },
    },
    repeats: { quick: 2 },
    cases: [engine('readSync of one batch', 'lookup.mjs')],
    expect: [
      {
        of: 'readSync of one batch',
        metric: 'microsecondsEach',
        want: 'below',
        floor: 1,
        aim: 0.3,
      },
    ],
  },
  {
    name: 'append-one',
    title: 'one 100-byte record a call, policy os',
    sizes: { smoke: { records: 2_000 }, quick: { records: 300_000 }, full: { records: 5_000_000 } },
    cases: [engine('duramen', 'append-one.mjs')],
    expect: [{ of: 'duramen', metric: 'recordsPerSecond', floor: 1e6, aim: 3e6 }],
  },
  {
    name: 'reopen',
    title: 'opening a log of 1,000-byte records, policy os, whose writer was killed with SIGKILL',
    sizes: { smoke: { bytes: 4 * MIB }, quick: { bytes: 512 * MIB }, full: { bytes: 4 * GIB } },
    repeats: { quick: 2 },
    cases: [
      engine('open', 'reopen.mjs'),
      {
        ...engine('open 10 GB', 'reopen.mjs', { bytes: 10e9 }),
        scales: /** @type {const} */ (['full']),
        once: true,
      },
    ],
    expect: ['open', 'open 10 GB'].map((of) => ({
      of,
      metric: 'seconds',
      want: 'below',
      floor: 1,
      aim: 0.2,
    })),
  },
  {
    name: 'memory',
    title:
      'anonymous memory while a log is written and read, batches of 1,000 records of 100 bytes',
    sizes: { smoke: { bytes: 4 * MIB }, quick: { bytes: 0.5 * GIB }, full: { bytes: 4 * GIB } },
    repeats: { quick: 1, full: 1 },
    cases: [engine('write and read', 'memory.mjs')],
    expect: [{ of: 'write and read', metric: 'anonymousPeakMiB', want: 'below', floor: 100 }],
  },
]
