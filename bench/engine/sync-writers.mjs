// Writers that await each append under policy sync: what a flush and its acknowledgement cost.
import { buildBatches, Digest } from '../lib/data.mjs'
import { eachValue, openLog } from './log.mjs'

/**
 * Params: `writers`, `appends` of each.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { writers, appends } = trial.params
  const { blocks } = buildBatches(1, 100, 1024)
  const inputs = blocks.map((value) => [{ value }])
  const log = await openLog(trial.directory, { flush: 'sync' })
  for (let i = 0; i < Math.min(appends, 50); i++) await log.append(inputs[0])
  const first = log.logEndOffset
  const step = (/** @type {number} */ writer, /** @type {number} */ i) =>
    log.append(inputs[(writer + i) % inputs.length])
  await trial.loopConcurrently(writers, appends, step)
  const records = writers * appends
  await trial.done({ records, bytes: records * 100 })
  trial.same('records in the log', log.logEndOffset - first, records)
  const digest = new Digest()
  eachValue(log, (value) => digest.add(value))
  trial.same('bytes read back', digest.bytes, log.logEndOffset * 100)
  await log.close()
}
