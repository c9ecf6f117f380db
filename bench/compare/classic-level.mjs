// classic-level (LevelDB): one write batch a batch; keys of 8 bytes, big-endian, so that they rise.
import { ClassicLevel } from 'classic-level'

/** @type {import('../lib/store.mjs').OpenStore} */
export async function open({ directory, sync, batches }) {
  const database = new ClassicLevel(directory, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    compression: false,
    writeBufferSize: 64 << 20,
  })
  await database.open()
  const operations = Array.from({ length: batches.perBatch }, () => ({
    type: /** @type {'put'} */ ('put'),
    key: Buffer.alloc(8),
    value: Buffer.alloc(0),
  }))
  let key = 0
  return {
    append(batch) {
      const values = batches.values[batch % batches.values.length]
      for (let i = 0; i < values.length; i++) {
        operations[i].key.writeUInt32BE(key++, 4)
        operations[i].value = values[i]
      }
      return database.batch(operations, { sync })
    },
    async read(visit) {
      const iterator = database.values()
      for (;;) {
        const values = await iterator.nextv(1000)
        if (values.length === 0) break
        for (const value of values) visit(value)
      }
      await iterator.close()
    },
    close: () => database.close(),
  }
}
