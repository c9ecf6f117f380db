// A floor of bench/native: runs the program, takes the numbers that it prints.
import { spawn } from 'node:child_process'
import { FLOORS_PROGRAM } from '../lib/needs.mjs'

/**
 * Params: `floor`, `args` (its arguments), `pages` (bytes of file pages that it fills).
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { floor, args = {}, pages = 0, scale } = trial.params
  await trial.pages(pages)
  const settings = Object.entries({
    ...(scale === 'smoke' ? cut(args) : args),
    dir: trial.directory,
  })
  const printed = await output([floor, ...settings.map(([name, value]) => `${name}=${value}`)])
  for (const line of printed.trim().split('\n')) trial.report(JSON.parse(line))
}

/**
 * At most 8 MiB, at most 50 flushes.
 * @param {Record<string, string | number>} args
 */
function cut(args) {
  const most = (/** @type {string} */ name) => (name === 'count' ? 50 : 8 << 20)
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      typeof value === 'number' ? Math.min(value, most(name)) : value,
    ]),
  )
}

/**
 * @param {string[]} args
 * @returns {Promise<string>} what the program printed
 */
function output(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(FLOORS_PROGRAM, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(text)
      else reject(new Error(`duramen_floors ${args.join(' ')} ended with ${signal ?? code}`))
    })
  })
}
