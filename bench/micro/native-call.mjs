// What a call into the addon costs at least: asking an open log where it ends.
import { openLog } from '../engine/log.mjs'
import { measure } from './measure.mjs'

const CALLS = 1000

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const log = await openLog(trial.directory, { flush: 'os' })
  log.appendSync([{ value: 'x' }])
  const ask = () => {
    let sum = 0
    for (let i = 0; i < CALLS; i++) sum += log.logEndOffset
    return sum
  }
  trial.same('log end offsets', ask(), CALLS)
  await measure(trial, [{ label: 'log.logEndOffset', records: CALLS, run: ask }])
  await log.close()
}
