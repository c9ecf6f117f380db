// The engine as a store: records from JavaScript, a batch a call.
import { eachValue, openLog } from './log.mjs'

/** @type {import('../lib/store.mjs').OpenStore} */
export async function open({ directory, sync, batches }) {
  const log = await openLog(directory, { flush: sync ? 'sync' : 'os' })
  const records = batches.values.map((batch) => batch.map((value) => ({ value })))
  const at = (/** @type {number} */ batch) => records[batch % records.length]
  return {
    append: sync
      ? (batch) => log.append(at(batch)).then(() => {})
      : (batch) => void log.appendSync(at(batch)),
    read: (visit) => eachValue(log, visit),
    close: () => log.close(),
  }
}
