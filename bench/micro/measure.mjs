// tinybench over small pieces, a measurement a piece.
import { Bench } from 'tinybench'

/**
 * @typedef {object} Piece
 * @property {string} label
 * @property {number} records what one call of `run` handles: enough of them to hide the clock
 * @property {number} [bytes]
 * @property {() => unknown} run its result must depend on the work
 */

/**
 * @param {import('../lib/trial.mjs').Trial} trial
 * @param {Piece[]} pieces
 */
export async function measure(trial, pieces) {
  const bench = new Bench({ time: trial.params.milliseconds, warmupTime: 50 })
  /** @type {unknown} */
  let last
  for (const { label, run } of pieces) {
    bench.add(label, () => {
      last = run()
    })
  }
  await bench.run()
  for (const [at, task] of bench.tasks.entries()) {
    const { label, records, bytes } = pieces[at]
    const { result } = task
    if (!('latency' in result)) throw new Error(`${label} did not run: ${result.state}`)
    const { mean, p50, p99, p999, max } = result.latency
    trial.report({ label, records, bytes, seconds: mean / 1000, latency: { p50, p99, p999, max } })
  }
  trial.same('a result', last === undefined, false)
}
