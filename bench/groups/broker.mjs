// What the broker does for clients on the wire.
const MIB = 1 << 20
const GIB = 1 << 30

/** @type {import('../lib/runner.mjs').Group[]} */
export const broker = [
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
