// The engine as a store: a block of values and their lengths, a batch a call.
import { eachValue, openLog } from './log.mjs'

/** @type {import('../lib/store.mjs').OpenStore} */
export async function open({ directory, sync, batches }) {
  const log = await openLog(directory, { flush: sync ? 'sync' : 'os' })
  const valueLengths = new Int32Array(batches.perBatch).fill(batches.recordBytes)
  return {
    async append(batch) {
      await log.appendColumns({
        values: batches.blocks[batch % batches.blocks.length],
        valueLengths,
      })
    },
    read: (visit) => eachValue(log, visit),
    close: () => log.close(),
  }
}
