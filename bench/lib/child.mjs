// The process of one trial: loads a case, runs it once, sends back what it measured.
import { Trial } from './trial.mjs'

process.once('message', async (/** @type {import('./runner.mjs').Order} */ order) => {
  const trial = new Trial(order)
  try {
    /** @type {{ run: import('./trial.mjs').Case }} */
    const { run } = await import(order.url)
    await run(trial)
    trial.end()
    reply({ measurements: trial.measurements })
  } catch (error) {
    reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
})

/** @param {import('./runner.mjs').Reply} message */
function reply(message) {
  process.send?.(message, () => process.exit('error' in message ? 1 : 0))
}
