// Turns trials into a line a case, verdicts against what was promised, and JSON.
import { median, pairedRatio, spread } from './stats.mjs'

/** @typedef {import('./trial.mjs').Measurement & { anonymousPeak?: number }} Sample */

/**
 * What an expectation may speak of, read from one sample.
 * @type {Record<string, (sample: Sample) => number | undefined>}
 */
export const METRICS = {
  recordsPerSecond: (s) => s.records && s.records / s.seconds,
  bytesPerSecond: (s) => s.bytes && s.bytes / s.seconds,
  seconds: (s) => s.seconds,
  p50: (s) => s.latency?.p50,
  p99: (s) => s.latency?.p99,
  p999: (s) => s.latency?.p999,
  max: (s) => s.latency?.max,
  microsecondsEach: (s) => s.records && (s.seconds / s.records) * 1e6,
  cpuSecondsPerGb: (s) =>
    s.bytes && s.cpuSeconds !== undefined ? s.cpuSeconds / (s.bytes / 1e9) : undefined,
  anonymousPeakMiB: (s) => s.anonymousPeak && s.anonymousPeak / 2 ** 20,
  loopDelayMs: (s) => s.loopDelayMs,
  collections: (s) => s.collections,
  collectionMs: (s) => s.collectionMs,
}

/**
 * @typedef {object} Row one case, or one label of a case that measures several things
 * @property {string} name
 * @property {Record<string, { median: number, spread: number, values: number[] }>} metrics
 * @property {string} [skipped]
 * @property {string} [error]
 */

/**
 * @typedef {object} Verdict
 * @property {string} text
 * @property {boolean} met
 */

/**
 * @param {import('./runner.mjs').CaseResult} result
 * @returns {Row[]}
 */
export function rows({ name, trials, skipped, error }) {
  if (skipped !== undefined || error !== undefined) return [{ name, metrics: {}, skipped, error }]
  const labels = (trials[0] ?? []).map(({ label }) => label)
  return labels.map((label, at) => {
    const samples = trials.map((trial) => /** @type {Sample} */ (trial[at]))
    return { name: label ? `${name} / ${label}` : name, metrics: summarise(samples) }
  })
}

/**
 * @param {Sample[]} samples
 * @returns {Row['metrics']}
 */
function summarise(samples) {
  /** @type {Row['metrics']} */
  const metrics = {}
  for (const [metric, read] of Object.entries(METRICS)) {
    const values = samples.map(read).filter((value) => value !== undefined)
    if (values.length === 0) continue
    metrics[metric] = { median: median(values), spread: spread(values), values }
  }
  return metrics
}

/**
 * @param {import('./runner.mjs').Expectation[]} expectations
 * @param {Row[]} all
 * @returns {Verdict[]} none for those whose cases did not run
 */
export function verdicts(expectations, all) {
  const values = (/** @type {string | undefined} */ name, /** @type {string} */ metric) =>
    all.find((row) => row.name === name)?.metrics[metric]?.values
  return expectations.flatMap((expectation) => {
    const { of, against, metric, floor, aim, want = 'above' } = expectation
    const ours = values(of, metric)
    const theirs = values(against, metric)
    if (!ours || (against !== undefined && !theirs)) return []
    const value = theirs
      ? pairedRatio(spreadOver(ours, theirs), spreadOver(theirs, ours))
      : median(ours)
    const reached = (/** @type {number} */ bound) =>
      want === 'above' ? value >= bound : value <= bound
    const met = floor === undefined || reached(floor)
    const atAim = aim !== undefined && reached(aim)
    const state = atAim
      ? 'aim reached'
      : !met
        ? 'BELOW'
        : floor
          ? 'floor passed'
          : 'short of the aim'
    const shown = theirs ? `${of} is ${digits(value)}x ${against}` : `${of}: ${large(value)}`
    const bounds = [bound('floor', floor), bound('aim', aim)].filter(Boolean).join(', ')
    return [{ text: `${shown} in ${metric} (${bounds}): ${state}`, met }]
  })
}

/**
 * @param {string} name
 * @param {number | undefined} value
 */
function bound(name, value) {
  return value === undefined ? '' : `${name} ${large(value)}`
}

/**
 * A case that ran once stands against every trial of the other.
 * @param {number[]} values
 * @param {number[]} other
 * @returns {number[]}
 */
function spreadOver(values, other) {
  return values.length === 1 ? other.map(() => /** @type {number} */ (values[0])) : values
}

/**
 * @param {Row} row
 * @returns {string}
 */
export function line(row) {
  const name = `  ${row.name.padEnd(34)}`
  if (row.skipped) return `${name} skipped: ${row.skipped}`
  if (row.error) return `${name} FAILED: ${row.error}`
  const at = (/** @type {string} */ metric) => row.metrics[metric]?.median
  const rate = row.metrics.recordsPerSecond ?? row.metrics.bytesPerSecond
  return [
    name,
    cell(at('recordsPerSecond'), (v) => `${large(v)}/s`, 10),
    cell(at('bytesPerSecond'), (v) => `${digits(v / 1e6)} MB/s`, 12),
    cell(rate?.spread, (v) => `±${Math.round(v * 50)}%`, 5),
    ...['p50', 'p99', 'p999', 'max'].map((p) => cell(at(p), time, 9)),
    cell(at('cpuSecondsPerGb'), digits, 7),
    cell(at('anonymousPeakMiB'), (v) => `${Math.round(v)} MiB`, 9),
    pauses(row),
  ]
    .join(' ')
    .trimEnd()
}

export const HEADING = [
  `  ${'case'.padEnd(34)}`,
  'records'.padStart(10),
  'values'.padStart(12),
  '±'.padStart(5),
  ...['p50', 'p99', 'p99.9', 'max'].map((each) => each.padStart(9)),
  'CPU s/GB'.padStart(7),
  'RssAnon'.padStart(9),
].join(' ')

/**
 * @param {Row} row
 * @returns {string} of rows that looked at pauses only
 */
function pauses(row) {
  const delay = row.metrics.loopDelayMs?.median
  if (delay === undefined) return ''
  const collections = row.metrics.collections?.median ?? 0
  const ms = row.metrics.collectionMs?.median ?? 0
  return ` ${collections} collections ${digits(ms)} ms, loop delay ${digits(delay)} ms`
}

/**
 * @param {number | undefined} value
 * @param {(value: number) => string} format
 * @param {number} width
 * @returns {string}
 */
function cell(value, format, width) {
  return (value === undefined ? '' : format(value)).padStart(width)
}

/** @param {number} value */
function large(value) {
  if (value >= 1e6) return `${digits(value / 1e6)} M`
  return value >= 1e4 ? `${digits(value / 1e3)} k` : digits(value)
}

/** @param {number} ms */
function time(ms) {
  if (ms >= 1000) return `${digits(ms / 1000)} s`
  if (ms >= 1) return `${digits(ms)} ms`
  return ms >= 0.001 ? `${digits(ms * 1000)} µs` : `${Math.round(ms * 1e6)} ns`
}

/**
 * Three significant digits.
 * @param {number} value
 * @returns {string}
 */
export function digits(value) {
  if (!Number.isFinite(value)) return String(value)
  const places = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(Math.min(places, 4))
}
