// Stores that do the same work as the engine, in the order in which they are printed.

/** @type {import('../lib/runner.mjs').CaseEntry[]} */
export const PEERS = [
  { name: 'fs.writev', file: 'cases/store.mjs', params: { store: 'floors/file.mjs' } },
  peer('mmap-io'),
  peer('lmdb'),
  peer('better-sqlite3', ['node:22']),
  peer('classic-level'),
]

/**
 * @param {string} name
 * @param {string[]} [more] further needs
 * @returns {import('../lib/runner.mjs').CaseEntry}
 */
function peer(name, more = []) {
  return {
    name,
    file: 'cases/store.mjs',
    params: { store: `compare/${name}.mjs` },
    needs: [...more, `peer:${name}`],
  }
}
