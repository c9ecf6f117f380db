// A topic of many partitions: made, all its logs opened, closed and opened again; then the same after
// the process that had them open was killed. Each log has one record by then.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { open } from '../../dist/index.js'

// So many logs at a time are filled: what is appended to holds descriptors until it is closed.
const FILLED_AT_ONCE = 1000

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { partitions } = trial.params
  const directory = join(trial.directory, 'data')
  const engine = await open(directory)
  await trial.span(() => engine.createTopic('topic', { partitions }))
  await trial.done({ records: partitions, label: 'topic is made' })
  await engine.close()

  /** @param {string} how @param {{ seconds: number, anonymous: number }} measured */
  const report = (how, { seconds, anonymous }) =>
    trial.report({ label: how, records: partitions, seconds, anonymous })
  const untouched = await openAll(directory, partitions)
  report('opened, new', untouched.opened)
  report('closed, new', await untouched.close())
  for (let from = 0; from < partitions; from += FILLED_AT_ONCE) {
    await fill(directory, from, Math.min(partitions, from + FILLED_AT_ONCE))
  }
  const closed = await openAll(directory, partitions)
  report('opened, closed before', closed.opened)
  trial.same('records', closed.opened.records, partitions)
  report('closed', await closed.close())
  await (await openAll(directory, partitions)).kill()
  const killed = await openAll(directory, partitions)
  report('opened, killed before', killed.opened)
  trial.same('records', killed.opened.records, partitions)
  await killed.kill()
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
async function openAll(directory, partitions) {
  const program = fileURLToPath(new URL('./many-logs.mjs', import.meta.url))
  const child = fork(program, [directory, String(partitions)])
  const ended = once(child, 'exit')
  const told = () =>
    Promise.race([
      once(child, 'message').then(([message]) => message),
      ended.then(([code]) => Promise.reject(new Error(`it ended: ${code}`))),
    ])
  return {
    opened: await told(),
    close: async () => {
      child.send('close')
      const message = await told()
      await ended
      return message
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
