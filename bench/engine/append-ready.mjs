// Ready batches, as they come off a socket: validated, given an offset, copied into the map.
import { setTimeout as sleep } from 'node:timers/promises'
import { Digest } from '../lib/data.mjs'
import { eachBatch, openLog, readyBatches, walk } from './log.mjs'

const CRC_AT = 17
/** Bytes that a ramp appends for each byte of the burst, with a pause after each 1 MiB. */
const RAMP = 1.8

/**
 * Params: `block` (bytes of a batch), `record` (bytes of a value), `bytes` in all, `burst` (the window is populated first; else
 * it is populated while the appends run).
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { block, record, bytes, burst } = trial.params
  const { batches } = readyBatches(block, record)
  const count = Math.floor(bytes / block)
  await trial.pages((burst ? 4 : 2) * bytes)
  const log = await openLog(trial.directory, {
    flush: 'os',
    ...(burst ? { writeAheadBytes: 2 * bytes } : {}),
  })
  const before = burst ? await ramp(log, batches, count) : 0
  trial.loop(count, (i) => log.appendSync(batches[i % batches.length]))
  const moved = Array.from({ length: count }, (_, i) => batches[i % batches.length].length)
  await trial.done({ records: count, bytes: moved.reduce((sum, each) => sum + each, 0) })
  trial.same('digest of the CRCs', crcs(log), expected(batches, before, count))
  await log.close()
}

/**
 * The log prepares what its appender's rate asks for: appends until it keeps twice the burst ready.
 * @param {import('./log.mjs').Log} log
 * @param {Buffer[]} batches
 * @param {number} burst batches
 * @returns {Promise<number>} how many it appended
 */
async function ramp(log, batches, burst) {
  const count = Math.ceil(burst * RAMP)
  const pauseEvery = Math.max(1, Math.round(2 ** 20 / batches[0].length))
  for (let i = 0; i < count; i++) {
    log.appendSync(batches[i % batches.length])
    if (i % pauseEvery === 0) await sleep(1)
  }
  await settled()
  return count
}

/** Until the log's threads have nothing more to do. */
async function settled() {
  for (let calm = 0; calm < 3; ) {
    const before = process.cpuUsage()
    await sleep(50)
    const { user, system } = process.cpuUsage(before)
    calm = user + system < 2000 ? calm + 1 : 0
  }
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
 * Both parts begin with the first batch.
 * @param {Buffer[]} batches
 * @param {number[]} counts
 */
function expected(batches, ...counts) {
  const digest = new Digest()
  for (const count of counts) {
    for (let i = 0; i < count; i++) {
      digest.add(batches[i % batches.length].subarray(CRC_AT, CRC_AT + 4))
    }
  }
  return digest.end()
}
