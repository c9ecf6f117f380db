// A topic of many partitions: made, all its logs opened, closed and opened again; then the same after
// the process that had them open was killed. Each log has one record.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { open } from '../../dist/index.js'
import { openAll } from './many-logs.mjs'

// So many logs at a time are filled: what is appended to holds descriptors until it is closed.
const FILLED_AT_ONCE = 1000

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { partitions } = trial.params
  const directory = join(trial.directory, 'data')
  const amount = (/** @type {string} */ label) => ({ records: partitions, label })

  const maker = await open(directory)
  await trial.span(() => maker.createTopic('topic', { partitions }))
  await trial.done(amount('topic is made'))
  await trial.span(() => openAll(maker, partitions))
  await trial.done(amount('opened, new'))
  await maker.close()
  for (let from = 0; from < partitions; from += FILLED_AT_ONCE) {
    await fill(directory, from, Math.min(partitions, from + FILLED_AT_ONCE))
  }

  const engine = await trial.span(async () => {
    const opened = await open(directory)
    await openAll(opened, partitions)
    return opened
  })
  await trial.done(amount('opened, closed before'))
  await trial.span(() => engine.close())
  await trial.done(amount('closed'))

  await openAndDie(directory, partitions)
  const recovered = await trial.span(async () => {
    const opened = await open(directory)
    trial.same('logs', (await openAll(opened, partitions)).length, partitions)
    return opened
  })
  await trial.done(amount('opened, killed before'))
  for (let number = 0; number < partitions; number += 97) {
    const log = await recovered.log('topic', number)
    trial.same('log end offset', log.logEndOffset, 1)
  }
  await recovered.close()
}

/**
 * @param {string} directory
 * @param {number} from
 * @param {number} to
 */
async function fill(directory, from, to) {
  const engine = await open(directory)
  const numbers = Array.from({ length: to - from }, (_, i) => from + i)
  const logs = await Promise.all(numbers.map((number) => engine.log('topic', number)))
  await Promise.all(logs.map((log) => log.append([{ value: 'v' }])))
  await engine.close()
}

/**
 * @param {string} directory
 * @param {number} partitions
 */
async function openAndDie(directory, partitions) {
  const program = fileURLToPath(new URL('./many-logs.mjs', import.meta.url))
  const child = fork(program, [directory, String(partitions)])
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended: ${code}`))),
  ])
  child.kill('SIGKILL')
  if (child.signalCode === null) await once(child, 'exit')
}
