// better-sqlite3: one transaction of prepared inserts a batch, write-ahead log.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** @type {import('../lib/store.mjs').OpenStore} */
export function open({ directory, sync, batches }) {
  mkdirSync(directory, { recursive: true })
  const database = new Database(join(directory, 'log.db'))
  database.pragma('journal_mode = WAL')
  database.pragma(`synchronous = ${sync ? 'FULL' : 'OFF'}`)
  database.exec('CREATE TABLE log (position INTEGER PRIMARY KEY, value BLOB NOT NULL)')
  const insert = database.prepare('INSERT INTO log (value) VALUES (?)')
  const insertAll = database.transaction((/** @type {Buffer[]} */ values) => {
    for (const value of values) insert.run(value)
  })
  const select = database.prepare('SELECT value FROM log ORDER BY position').pluck()
  return {
    append: (batch) => insertAll(batches.values[batch % batches.values.length]),
    read(visit) {
      for (const value of select.iterate()) visit(value)
    },
    close: () => void database.close(),
  }
}
