// Opens all logs of a topic. As a program it then says so, and waits to be killed.
import { open } from '../../dist/index.js'

/**
 * @param {import('../../dist/index.js').Engine} engine
 * @param {number} partitions
 */
export function openAll(engine, partitions) {
  const numbers = Array.from({ length: partitions }, (_, number) => number)
  return Promise.all(numbers.map((number) => engine.log('topic', number)))
}

if (process.argv[1] === import.meta.filename) {
  const [directory, partitions] = process.argv.slice(2)
  const engine = await open(/** @type {string} */ (directory))
  await openAll(engine, Number(partitions))
  process.send?.('open')
  setInterval(() => {}, 1000)
}
