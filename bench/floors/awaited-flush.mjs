// An awaited fs.write and fs.fdatasync, over and over: what a program does without an engine.
import { closeSync, fdatasync, openSync, write } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildBatches } from '../lib/data.mjs'

const writeAsync = promisify(write)
const flush = promisify(fdatasync)

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { appends } = trial.params
  const { blocks } = buildBatches(1, 100, 1024)
  const file = openSync(join(trial.directory, 'log'), 'w')
  const step = async (/** @type {number} */ i) => {
    await writeAsync(file, blocks[i % blocks.length])
    await flush(file)
  }
  for (let i = 0; i < Math.min(appends, 50); i++) await step(i)
  await trial.loopAsync(appends, step)
  await trial.done({ records: appends, bytes: appends * 100 })
  closeSync(file)
}
