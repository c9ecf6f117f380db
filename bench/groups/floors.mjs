// What the machine can do at most, before anything is built on it.

const MIB = 2 ** 20
const GIB = 2 ** 30

/**
 * @param {string} name
 * @param {string} floor
 * @param {Record<string, string | number>} args
 * @param {number} [pages]
 * @returns {import('../lib/runner.mjs').CaseEntry}
 */
export function floor(name, floor, args, pages = 0) {
  return { name, file: 'cases/native-floor.mjs', needs: ['floors'], params: { floor, args, pages } }
}

/** @type {import('../lib/runner.mjs').Group[]} */
export const floors = [
  {
    name: 'floors-memory',
    title: 'memcpy, CRC-32C and pwrite without Node; 256 MiB in blocks of 1 MiB',
    sizes: { smoke: {}, quick: {}, full: {} },
    repeats: { quick: 2 },
    cases: [
      floor('memcpy, warm', 'memcpy', { bytes: 256 * MIB }, 256 * MIB),
      floor('memcpy, warm, two threads', 'memcpy', { bytes: 256 * MIB, threads: 2 }, 256 * MIB),
      floor('CRC', 'crc', { bytes: 256 * MIB }, 256 * MIB),
      floor('pwrite, 1 MiB', 'write', { bytes: 256 * MIB, block: MIB }, 256 * MIB),
    ],
  },
  {
    name: 'floors-first-touch',
    title: 'memcpy into blocks that fallocate made, pages met for the first time',
    sizes: { smoke: null, quick: null, full: {} },
    cases: [
      floor('page by page', 'first-touch', { total: 4 * GIB }, 4 * GIB),
      floor('populated by itself', 'first-touch', { total: 4 * GIB, populate: 'self' }, 4 * GIB),
      floor('populated ahead', 'first-touch', { total: 4 * GIB, populate: 'ahead' }, 4 * GIB),
    ],
  },
  {
    name: 'floors-sync',
    title: 'one 4 KiB block and one fdatasync, over and over, without Node',
    sizes: { smoke: {}, quick: {}, full: {} },
    repeats: { quick: 2, full: 7 },
    cases: [
      floor('initialised blocks', 'sync', { count: 1000 }),
      floor('initialised blocks, two threads', 'sync', { count: 1000, threads: 2 }),
      floor('initialised blocks, mapped', 'sync', { count: 1000, into: 'map' }),
      floor('growing file', 'sync', { count: 1000, into: 'append' }),
      floor('growing file, two threads', 'sync', { count: 1000, into: 'append', threads: 2 }),
    ],
  },
]
