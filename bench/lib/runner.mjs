// Runs the cases of a group: a process a trial, peers taking turns, repeated.
import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { watchAnonymousPeak } from './memory.mjs'

/**
 * @typedef {object} CaseEntry
 * @property {string} name as it is printed
 * @property {string} file under bench/
 * @property {Record<string, any>} [params] laid over the group's
 * @property {string[]} [needs] see needs.mjs
 * @property {Scale[]} [scales] where it runs; everywhere unless said
 * @property {boolean} [once] a floor that does not move: one trial, not one a repeat
 */

/**
 * @typedef {'smoke' | 'quick' | 'full'} Scale
 */

/**
 * A ratio (`of` / `against`), or a value where `against` is missing.
 * @typedef {object} Expectation
 * @property {string} of case name, or `case / label`
 * @property {string} [against]
 * @property {keyof typeof import('./report.mjs').METRICS} metric
 * @property {number} [floor]
 * @property {number} [aim]
 * @property {'above' | 'below'} [want] `above` unless said
 */

/**
 * @typedef {object} Group
 * @property {string} name
 * @property {string} title what is done, with the data and the policy
 * @property {Record<Scale, Record<string, any> | null>} sizes null: not at this scale
 * @property {Partial<Record<Scale, number>>} [repeats]
 * @property {CaseEntry[]} cases
 * @property {Expectation[]} [expect]
 */

/** @typedef {import('./trial.mjs').TrialOptions & { url: string }} Order */
/** @typedef {{ measurements: import('./trial.mjs').Measurement[] } | { error: string }} Reply */
/** @typedef {{ pages: number }} PagesWanted what Trial.pages() sends */

/**
 * @typedef {object} CaseResult
 * @property {string} name
 * @property {import('./trial.mjs').Measurement[][]} trials
 * @property {string} [skipped] why
 * @property {string} [error] a case that failed has no result
 */

/** @type {Record<Scale, number>} */
const REPEATS = { smoke: 1, quick: 3, full: 5 }
const TRIAL_TIMEOUT_MS = { smoke: 60_000, quick: 120_000, full: 900_000 }

/**
 * @param {Group} group
 * @param {object} options
 * @param {Scale} options.scale
 * @param {string} options.root where trials get their directories
 * @param {import('./memory.mjs').PageReserve} options.reserve
 * @param {(needs: string[]) => import('./needs.mjs').Unmet} options.unmet
 * @param {(line: string) => void} options.progress
 * @returns {Promise<CaseResult[]>}
 */
export async function runGroup(group, { scale, root, reserve, unmet, progress }) {
  const cases = group.cases.filter(({ scales }) => !scales || scales.includes(scale))
  /** @type {CaseResult[]} */
  const results = cases.map(({ name, needs = [] }) => ({ name, trials: [], ...unmet(needs) }))
  const repeats = group.repeats?.[scale] ?? REPEATS[scale]
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (let turn = 0; turn < cases.length; turn++) {
      const at = (turn + repeat) % cases.length
      const result = results[at]
      const entry = cases[at]
      if (result.skipped || result.error || (entry.once && repeat > 0)) continue
      progress(`${group.name}: ${entry.name} (${repeat + 1}/${entry.once ? 1 : repeats})`)
      const params = { ...group.sizes[scale], ...entry.params, scale }
      const reply = await runTrial(entry.file, params, { root, reserve, scale })
      if ('error' in reply) result.error = reply.error
      else result.trials.push(reply.measurements)
    }
  }
  return results
}

/**
 * @typedef {object} Surroundings
 * @property {string} root
 * @property {import('./memory.mjs').PageReserve} reserve
 * @property {Scale} scale
 */

/**
 * @param {string} file
 * @param {Record<string, any>} params
 * @param {Surroundings} surroundings
 * @returns {Promise<Reply>}
 */
async function runTrial(file, params, surroundings) {
  mkdirSync(surroundings.root, { recursive: true })
  const directory = mkdtempSync(join(surroundings.root, 'trial-'))
  try {
    const url = new URL(`../${file}`, import.meta.url).href
    return await inChild({ url, directory, params }, surroundings)
  } finally {
    rmSync(directory, { recursive: true, force: true })
    surroundings.reserve.fill()
  }
}

/**
 * @param {Order} order
 * @param {Surroundings} surroundings
 * @returns {Promise<Reply>}
 */
function inChild(order, { reserve, scale }) {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL('./child.mjs', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const stopWatching = watchAnonymousPeak(/** @type {number} */ (child.pid))
    /** @type {Reply | undefined} */
    let reply
    const timer = setTimeout(() => {
      reply = { error: `no result after ${TRIAL_TIMEOUT_MS[scale] / 1000} s` }
      child.kill('SIGKILL')
    }, TRIAL_TIMEOUT_MS[scale])
    child.on('message', (/** @type {Reply | PagesWanted} */ message) => {
      if ('pages' in message) {
        reserve.release(message.pages)
        child.send({ freed: true })
      } else reply = message
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      const peak = stopWatching()
      resolve(withPeak(reply ?? { error: `the process ended with ${signal ?? code}` }, peak))
    })
    child.send(order)
  })
}

/**
 * @param {Reply} reply
 * @param {number | undefined} peak
 * @returns {Reply}
 */
function withPeak(reply, peak) {
  if ('error' in reply || peak === undefined) return reply
  const measurements = reply.measurements.map((each) => ({
    ...each,
    anonymousPeak: Math.max(peak, each.anonymous ?? 0),
  }))
  return { measurements }
}
