// Policy sync: awaited appends beside an awaited fs loop and a bare C loop.
import { floor } from './floors.mjs'

/**
 * @param {string} name
 * @param {number} writers
 * @param {number} [logs]
 * @returns {import('../lib/runner.mjs').CaseEntry}
 */
function writers(name, writers, logs = 1) {
  return { name, file: 'engine/sync-writers.mjs', needs: ['engine'], params: { writers, logs } }
}

/** @type {import('../lib/runner.mjs').Group[]} */
export const sync = [
  {
    name: 'sync',
    title: 'one 100-byte record an append, each awaited, policy sync',
    sizes: { smoke: { appends: 20 }, quick: { appends: 500 }, full: { appends: 10_000 } },
    repeats: { quick: 2, full: 7 },
    cases: [
      writers('one writer', 1),
      { name: 'fs.write + fs.fdatasync', file: 'floors/awaited-flush.mjs' },
      floor('C loop, initialised', 'sync', { count: 1000 }),
      floor('C loop, two threads', 'sync', { count: 1000, threads: 2 }),
      writers('two writers', 2),
      writers('64 writers', 64),
      writers('16 logs, a writer each', 16, 16),
    ],
    expect: [
      {
        of: 'one writer',
        against: 'fs.write + fs.fdatasync',
        metric: 'recordsPerSecond',
        floor: 1,
      },
      {
        of: 'one writer',
        against: 'fs.write + fs.fdatasync',
        metric: 'p99',
        want: 'below',
        floor: 1.2,
      },
      { of: 'one writer', against: 'C loop, initialised', metric: 'recordsPerSecond', aim: 1 },
      {
        of: 'two writers',
        against: 'C loop, initialised',
        metric: 'recordsPerSecond',
        floor: 0.9,
        aim: 0.96,
      },
      { of: '64 writers', against: 'one writer', metric: 'recordsPerSecond', floor: 20, aim: 35 },
      {
        of: '16 logs, a writer each',
        against: 'one writer',
        metric: 'recordsPerSecond',
        floor: 4,
        aim: 6,
      },
    ],
  },
]
