// Ready batches, as they come off a socket: validated, given an offset, copied into the map.
import { setTimeout as sleep } from 'node:timers/promises'
import { Digest } from '../lib/data.mjs'
import { eachBatch, openLog, readyBatches, walk } from './log.mjs'

const CRC_AT = 17
const POPULATING_MS = 500

/**
 * Params: `block` (bytes of a batch), `bytes` in all, `burst` (the window is populated first; else it
 * is populated while the appends run).
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { block, bytes, burst } = trial.params
  const { batches } = readyBatches(block)
  const count = Math.floor(bytes / block)
  await trial.pages(2 * bytes)
  const log = await openLog(trial.directory, {
    flush: 'os',
    ...(burst ? { writeAheadBytes: 2 * bytes } : {}),
  })
  log.appendSync(batches[0])
  if (burst) await sleep(POPULATING_MS)
  trial.loop(count, (i) => log.appendSync(batches[i % batches.length]))
  const moved = Array.from({ length: count }, (_, i) => batches[i % batches.length].length)
  await trial.done({ records: count, bytes: moved.reduce((sum, each) => sum + each, 0) })
  trial.same('digest of the CRCs', crcs(log), expected(batches, count))
  await log.close()
}

/**
 * The CRC covers all that the log leaves as it was; opening for reading has checked that it holds.
 * @param {import('./log.mjs').Log} log
 */
function crcs(log) {
  const digest = new Digest()
  const next = walk(log)
  for (let view = next(); view; view = next()) {
    eachBatch(view.bytes, (batch) => digest.add(batch.subarray(CRC_AT, CRC_AT + 4)))
    view.release()
  }
  return digest.end()
}

/**
 * @param {Buffer[]} batches
 * @param {number} count
 */
function expected(batches, count) {
  const digest = new Digest()
  digest.add(batches[0].subarray(CRC_AT, CRC_AT + 4))
  for (let i = 0; i < count; i++) {
    digest.add(batches[i % batches.length].subarray(CRC_AT, CRC_AT + 4))
  }
  return digest.end()
}
