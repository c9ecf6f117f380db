// What the broker does for clients on the wire.
const MIB = 1 << 20
const GIB = 1 << 30
/** What Java's consumer asks for at most. */
const LARGE = 50e6
/** A reader that takes 20 MB a second, for ten seconds. */
const SLOW = { bytesPerSecond: 20e6, read: 200e6 }

/** @type {import('../lib/runner.mjs').Group[]} */
export const broker = [
  {
    name: 'cold',
    title: 'one client reads a log that is not in memory, or in answers of 50 MB; what others feel',
    sizes: {
      smoke: { bytes: 4 * MIB, read: 4 * MIB },
      quick: { bytes: GIB, read: GIB },
      full: { bytes: 4 * GIB, read: 4 * GIB },
    },
    repeats: { quick: 1, full: 3 },
    cases: [
      { name: 'nobody reads', read: 0 },
      { name: 'warm, 1 MiB' },
      { name: 'cold, 1 MiB', cold: true },
      { name: 'cold, 1 MiB, slow', cold: true, ...SLOW },
      { name: 'warm, 50 MB', piece: LARGE },
      { name: 'warm, 50 MB, slow', piece: LARGE, ...SLOW },
      { name: 'cold, 50 MB', cold: true, piece: LARGE },
    ].map(({ name, ...params }) => ({
      name,
      file: 'broker/cold.mjs',
      params: { piece: MIB, ...params },
      needs: params.cold ? ['engine', 'program:fincore'] : ['engine'],
    })),
    expect: [
      { of: 'cold, 1 MiB / event loop', metric: 'p99', want: 'below', floor: 10 },
      { of: 'cold, 1 MiB, slow / event loop', metric: 'p99', want: 'below', floor: 10 },
    ],
  },
  {
    name: 'fetch',
    title: 'a log in memory, to one client over loopback in answers of 1 MiB',
    sizes: { smoke: { bytes: 4 * MIB }, quick: { bytes: GIB }, full: { bytes: 4 * GIB } },
    cases: [
      { name: 'duramen', file: 'broker/fetch.mjs', params: { way: 'fetch' }, needs: ['engine'] },
      { name: 'bare socket.write', file: 'broker/fetch.mjs', params: { way: 'write' } },
    ],
    expect: [
      {
        of: 'duramen',
        against: 'bare socket.write',
        metric: 'cpuSecondsPerGb',
        want: 'below',
        floor: 1.3,
        aim: 1.1,
      },
      { of: 'duramen', metric: 'bytesPerSecond', floor: 1e9, aim: 2e9 },
    ],
  },
]
