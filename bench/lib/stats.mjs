// Numbers about numbers: percentiles of one trial, medians and spread over repeated trials.
import { createHistogram } from 'node:perf_hooks'

/**
 * @typedef {object} Percentiles Milliseconds.
 * @property {number} p50
 * @property {number} p99
 * @property {number} p999
 * @property {number} max
 */

/**
 * Percentiles of durations, kept by a histogram in whole nanoseconds.
 * @param {ArrayLike<number>} milliseconds
 * @param {number} [count] how many of them count, from the start
 * @returns {Percentiles | undefined} undefined when there are none
 */
export function percentiles(milliseconds, count = milliseconds.length) {
  if (count === 0) return undefined
  const histogram = createHistogram({ figures: 4 })
  for (let i = 0; i < count; i++) {
    histogram.record(Math.max(1, Math.round(/** @type {number} */ (milliseconds[i]) * 1e6)))
  }
  const at = (/** @type {number} */ percent) => histogram.percentile(percent) / 1e6
  return { p50: at(50), p99: at(99), p999: at(99.9), max: histogram.max / 1e6 }
}

/**
 * @param {readonly number[]} values
 * @returns {number} NaN when there are none
 */
export function median(values) {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = /** @type {number} */ (sorted[middle])
  return sorted.length % 2 === 1 ? upper : (upper + /** @type {number} */ (sorted[middle - 1])) / 2
}

/**
 * How far the values lie apart: (largest - smallest) / median.
 * @param {readonly number[]} values
 * @returns {number}
 */
export function spread(values) {
  if (values.length < 2) return 0
  return (Math.max(...values) - Math.min(...values)) / median(values)
}

/**
 * The median of the ratios of trials that ran next to each other: a machine that slows down for a
 * moment slows both sides of a pair.
 * @param {readonly number[]} above
 * @param {readonly number[]} below
 * @returns {number}
 */
export function pairedRatio(above, below) {
  const pairs = Math.min(above.length, below.length)
  const ratios = []
  for (let i = 0; i < pairs; i++) ratios.push(above[i] / below[i])
  return median(ratios)
}
