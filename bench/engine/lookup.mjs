// Finding one batch by offset, at random places of a log that is in memory.
import { randomBytes } from '../lib/data.mjs'
import { fill, openLog } from './log.mjs'

const LOOKUPS = 4096

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { bytes, count } = trial.params
  const log = await openLog(trial.directory, { flush: 'os' })
  const written = fill(log, bytes)
  const random = new Uint32Array(randomBytes(LOOKUPS * 4).buffer)
  const offsets = Array.from(random, (value) => value % written.records)
  const lookup = (/** @type {number} */ i) => {
    const offset = offsets[i % LOOKUPS]
    const view = log.readSync(offset, { maxBytes: 1 })
    if (view.baseOffset > offset || view.nextOffset <= offset) throw new Error(`not ${offset}`)
    view.release()
  }
  for (let i = 0; i < count / 4; i++) lookup(i)
  trial.loop(count, lookup, 8)
  await trial.done({ records: count })
  await log.close()
}
