// Anonymous memory of a process that writes a large log and reads all of it.
import { buildBatches } from '../lib/data.mjs'
import { eachValue, openLog } from './log.mjs'

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { bytes } = trial.params
  const batches = buildBatches(1000, 100, 8)
  const records = batches.values.map((batch) => batch.map((value) => ({ value })))
  const count = Math.ceil(bytes / 100_000)
  await trial.pages(2 * bytes)
  const log = await openLog(trial.directory, { flush: 'os' })
  let seen = 0
  await trial.span(() => {
    for (let i = 0; i < count; i++) log.appendSync(records[i % records.length])
    eachValue(log, (value) => {
      seen += value.length
    })
  })
  await trial.done({ records: count * 1000, bytes: count * 100_000 })
  trial.same('bytes read back', seen, count * 100_000)
  await log.close()
}
