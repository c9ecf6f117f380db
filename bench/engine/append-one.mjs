// One record a call, the worst case for what a call costs.
import { buildBatches, Digest, expectedDigest } from '../lib/data.mjs'
import { eachValue, openLog } from './log.mjs'

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { records } = trial.params
  const batches = buildBatches(1, 100, 4096)
  const inputs = batches.blocks.map((value) => [{ value }])
  const warm = Math.min(records, 20_000)
  const log = await openLog(trial.directory, { flush: 'os' })
  await trial.pages(4 * records * 100)
  for (let i = 0; i < warm; i++) log.appendSync(inputs[i % inputs.length])
  trial.loop(records, (i) => void log.appendSync(inputs[(warm + i) % inputs.length]), 16)
  await trial.done({ records, bytes: records * 100 })
  const digest = new Digest()
  eachValue(log, (value) => digest.add(value))
  trial.same('digest of what was read back', digest.end(), expectedDigest(batches, warm + records))
  await log.close()
}
