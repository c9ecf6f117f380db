// lmdb-js: one synchronous transaction a batch, keys rising (MDB_APPEND), values as they are.
import { open as openDatabase } from 'lmdb'

/** @type {import('../lib/store.mjs').OpenStore} */
export function open({ directory, sync, batches }) {
  const database = openDatabase({
    path: directory,
    keyEncoding: 'uint32',
    encoding: 'binary',
    noSync: !sync,
    // A commit that returns before its flush would not be the durability that is compared.
    overlappingSync: false,
    noMemInit: true,
  })
  const append = { append: true }
  let key = 0
  return {
    append(batch) {
      const values = batches.values[batch % batches.values.length]
      database.transactionSync(() => {
        for (const value of values) database.putSync(key++, value, append)
      })
    },
    read(visit) {
      for (const { value } of database.getRange({ start: 0 })) visit(value)
    },
    close: () => database.close(),
  }
}
