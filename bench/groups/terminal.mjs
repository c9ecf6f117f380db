// The command line beside cp.

const GIGABYTE = 1e9

/** @type {import('../lib/runner.mjs').Group[]} */
export const terminal = [
  {
    name: 'terminal',
    title: 'a file of lines: cp, produce --file --flush os, consume to /dev/null; whole processes',
    sizes: { smoke: { bytes: 1e6 }, quick: { bytes: GIGABYTE }, full: { bytes: GIGABYTE } },
    repeats: { quick: 2 },
    cases: [
      {
        name: 'produce --file',
        file: 'engine/terminal.mjs',
        needs: ['cli'],
        params: { verb: 'produce' },
      },
      { name: 'consume', file: 'engine/terminal.mjs', needs: ['cli'], params: { verb: 'consume' } },
      { name: 'cp', file: 'engine/terminal.mjs', params: { verb: 'cp' } },
    ],
    expect: [
      { of: 'produce --file', against: 'cp', metric: 'bytesPerSecond', floor: 0.5 },
      { of: 'consume', against: 'cp', metric: 'bytesPerSecond', floor: 0.25 },
    ],
  },
]
