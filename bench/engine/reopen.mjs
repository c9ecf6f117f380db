// Opening a log whose writer was killed.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openLog } from './log.mjs'

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { bytes } = trial.params
  await trial.pages(bytes)
  const written = await writeAndDie(trial.directory, bytes)
  const log = await trial.span(() => openLog(trial.directory, { flush: 'os' }))
  await trial.done({ records: 1, bytes })
  trial.same('log end offset', log.logEndOffset, written)
  log.appendSync([{ value: 'after' }])
  trial.same('the next offset', log.logEndOffset, written + 1)
  await log.close()
}

/**
 * @param {string} directory
 * @param {number} bytes
 * @returns {Promise<number>} the log end offset that the writer saw last
 */
async function writeAndDie(directory, bytes) {
  const program = fileURLToPath(new URL('./killed-writer.mjs', import.meta.url))
  const writer = fork(program, [directory, String(bytes)])
  const [end] = await Promise.race([
    once(writer, 'message'),
    once(writer, 'exit').then(([code]) => Promise.reject(new Error(`the writer ended: ${code}`))),
  ])
  writer.kill('SIGKILL')
  if (writer.signalCode === null) await once(writer, 'exit')
  return end
}
