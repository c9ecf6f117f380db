// The first-touch floor over as many bytes as the engine appends.
import { run as runFloor } from './native-floor.mjs'

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const { bytes } = trial.params
  const chunk = Math.min(bytes, 16 << 20)
  const args = { total: bytes, chunk }
  trial.params = { ...trial.params, floor: 'first-touch', args, pages: 2 * bytes }
  await runFloor(trial)
}
