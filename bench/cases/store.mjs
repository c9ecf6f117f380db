// A store's append or read: the same records, the same durability, whichever store it is.
import { join } from 'node:path'
import { buildBatches, Digest, expectedDigest } from '../lib/data.mjs'

const WARM_BATCHES = 100

/**
 * Params: `store` (a file under bench/), `measure` 'append' | 'read', `sync`, `records`,
 * `perBatch`, `recordBytes`, and what the store itself takes.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { store, measure, sync, records, perBatch, recordBytes } = trial.params
  const batches = buildBatches(perBatch, recordBytes)
  const count = Math.ceil(records / perBatch)
  /** @type {{ open: import('../lib/store.mjs').OpenStore }} */
  const { open } = await import(new URL(`../${store}`, import.meta.url).href)
  await warm(trial, open, batches)
  const directory = join(trial.directory, 'store')
  const opened = await open({ ...trial.params, directory, sync, batches, count })
  const amount = { records: count * perBatch, bytes: count * perBatch * recordBytes }

  if (measure === 'append') {
    await trial.pages(2 * amount.bytes)
    const first = opened.append(0)
    if (first === undefined) trial.loop(count - 1, (i) => void opened.append(i + 1))
    else {
      await first
      await trial.loopAsync(count - 1, async (i) => opened.append(i + 1))
    }
    await trial.done(less(amount, perBatch, recordBytes))
  } else {
    for (let i = 0; i < count; i++) await opened.append(i)
    await measureRead(trial, opened, amount)
  }
  trial.same('digest of what was read back', await digest(opened), expectedDigest(batches, count))
  await opened.close()
}

/**
 * The first batch is outside the clock: it tells whether the store answers with a promise.
 * @param {{ records: number, bytes: number }} amount
 * @param {number} perBatch
 * @param {number} recordBytes
 */
function less({ records, bytes }, perBatch, recordBytes) {
  return { records: records - perBatch, bytes: bytes - perBatch * recordBytes }
}

/**
 * Under the clock every value is looked at (its length, one byte), not hashed: SHA-256 would be
 * slower than most stores.
 * @param {import('../lib/trial.mjs').Trial} trial
 * @param {import('../lib/store.mjs').Store} store
 * @param {{ records: number, bytes: number }} amount
 */
async function measureRead(trial, store, amount) {
  let bytes = 0
  let touched = 0
  const visit = (/** @type {Uint8Array} */ value) => {
    bytes += value.length
    touched ^= /** @type {number} */ (value[0])
  }
  await trial.span(() => store.read(visit))
  await trial.done(amount)
  trial.same('bytes read', bytes, amount.bytes)
  trial.same('a byte stays a byte', touched & 0xff, touched)
}

/** @param {import('../lib/store.mjs').Store} store */
async function digest(store) {
  const seen = new Digest()
  await store.read((value) => seen.add(value))
  return seen.end()
}

/**
 * Compiles the path in a store of its own, so that the clock sees steady code.
 * @param {import('../lib/trial.mjs').Trial} trial
 * @param {import('../lib/store.mjs').OpenStore} open
 * @param {import('../lib/data.mjs').Batches} batches
 */
async function warm(trial, open, batches) {
  const count = trial.params.scale === 'smoke' ? 2 : trial.params.sync ? 20 : WARM_BATCHES
  const directory = join(trial.directory, 'warm')
  const store = await open({ ...trial.params, directory, sync: trial.params.sync, batches, count })
  for (let i = 0; i < count; i++) await store.append(i)
  let bytes = 0
  await store.read((value) => {
    bytes += value.length
  })
  trial.same('bytes of the warm-up', bytes, count * batches.perBatch * batches.recordBytes)
  await store.close()
}
