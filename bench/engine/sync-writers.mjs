// Writers that await each append under policy sync: what a flush and its acknowledgement cost.
import { join } from 'node:path'
import { buildBatches, Digest } from '../lib/data.mjs'
import { eachValue, openLog } from './log.mjs'

/**
 * Params: `writers`, taking turns at so many `logs`; `appends` of each.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { writers, appends, logs } = trial.params
  const { blocks } = buildBatches(1, 100, 1024)
  const inputs = blocks.map((value) => [{ value }])
  const all = []
  for (let i = 0; i < logs; i++) {
    all.push(await openLog(join(trial.directory, `clicks-${i}`), { flush: 'sync' }))
    for (let k = 0; k < Math.min(appends, 50); k++) await all[i].append(inputs[0])
  }
  const recordsIn = () => all.reduce((sum, log) => sum + log.logEndOffset, 0)
  const first = recordsIn()
  const step = (/** @type {number} */ writer, /** @type {number} */ i) =>
    all[writer % logs].append(inputs[(writer + i) % inputs.length])
  await trial.loopConcurrently(writers, appends, step)
  const records = writers * appends
  await trial.done({ records, bytes: records * 100 })
  trial.same('records in the logs', recordsIn() - first, records)
  const digest = new Digest()
  for (const log of all) eachValue(log, (value) => digest.add(value))
  trial.same('bytes read back', digest.bytes, recordsIn() * 100)
  for (const log of all) await log.close()
}
