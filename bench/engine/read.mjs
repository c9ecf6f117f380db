// Reading a log from its start: as batches with every CRC checked, through the cursor, as objects.
import { fill, openLog, walk } from './log.mjs'

/** @typedef {(view: import('./log.mjs').View) => number} Consume how many records it saw */

/** @type {Record<string, Consume>} */
const WAYS = {
  // The log has checked the CRCs by the time that the view is here.
  batches: (view) => view.nextOffset - view.baseOffset,
  cursor: (view) => {
    const cursor = view.cursor()
    let records = 0
    let touched = 0
    for (; cursor.next(); records++) touched += cursor.keyLength + cursor.valueLength
    return touched > 0 ? records : 0
  },
  objects: (view) => {
    let records = 0
    let touched = 0
    for (const record of view) {
      touched += /** @type {Buffer} */ (record.value).length
      records++
    }
    return touched > 0 ? records : 0
  },
}

/**
 * Params: `way`, `bytes`, `liveObjects`.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { way, bytes } = trial.params
  const log = await openLog(trial.directory, {
    flush: 'os',
    checkCrcs: way === 'batches' ? 'always' : 'once',
  })
  const written = fill(log, bytes)
  const consume = WAYS[way]
  pass(log, consume) // warm: compiled code, mapped pages
  let records = 0
  const next = walk(log)
  await trial.turns(() => {
    const view = next()
    if (view === undefined) return false
    records += consume(view)
    view.release()
    return true
  })
  await trial.done({ records, bytes: written.bytes })
  trial.same('records read', records, written.records)
  await log.close()
}

/**
 * @param {import('./log.mjs').Log} log
 * @param {Consume} consume
 */
function pass(log, consume) {
  const next = walk(log)
  for (let view = next(); view; view = next()) {
    consume(view)
    view.release()
  }
}
