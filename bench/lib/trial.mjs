// What a case sees: its parameters, a directory of its own, a clock, and the checks that must hold.
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { anonymousBytes } from './memory.mjs'
import { percentiles } from './stats.mjs'

/**
 * @typedef {object} Amount what the timed part moved
 * @property {number} [records] records, or operations where there are no records
 * @property {number} [bytes] bytes of values; of batches where the case says so
 * @property {string} [label] tells apart several measurements of one case
 */

/**
 * @typedef {object} Measurement
 * @property {string} [label]
 * @property {number} seconds
 * @property {number} [records]
 * @property {number} [bytes]
 * @property {import('./stats.mjs').Percentiles} [latency] of one call, in milliseconds
 * @property {number} [cpuSeconds] user and system time of this process, all threads
 * @property {number} [anonymous] bytes resident at the end
 * @property {number} [collections] garbage collections inside the timed part
 * @property {number} [collectionMs] time in them
 * @property {number} [loopDelayMs] longest wait of the event loop
 */

/**
 * @typedef {object} TrialOptions
 * @property {string} directory empty, removed afterwards
 * @property {Record<string, any>} params
 */

/** @typedef {(trial: Trial) => void | Promise<void>} Case */

const TURN_MS = 5

/** Thrown when what was read back is not what was written: the trial fails, whatever its speed. */
export class MismatchError extends Error {}

/** One trial of one case, in a process of its own. The timed part runs once. */
export class Trial {
  directory
  params
  /** @type {Measurement[]} */
  measurements = []

  #begun = 0
  #seconds = 0
  #cpuSeconds = 0
  /** @type {Float64Array} */
  #laps = new Float64Array(0)
  #lapCount = 0
  #gc = watchCollections()
  #delay = monitorEventLoopDelay({ resolution: 1 })
  #turned = false
  /** @type {unknown[]} */
  #ballast = []

  /** @param {TrialOptions} options */
  constructor({ directory, params }) {
    this.directory = directory
    this.params = params
    if (params.liveObjects) this.#ballast = liveObjects(params.liveObjects)
  }

  /**
   * Frees page memory that was touched before, for files that the timed part is about to fill.
   * Resolves when it is free; call it last before the clock starts.
   * @param {number} bytes
   */
  async pages(bytes) {
    if (!process.send) return
    const freed = new Promise((resolve) => process.once('message', resolve))
    process.send({ pages: bytes })
    await freed
  }

  /**
   * Calls `step(i)` for i = 0 … count - 1 under the clock.
   * @param {number} count
   * @param {(i: number) => void} step
   * @param {number} [every] keep the latency of every n-th call: a clock costs about 40 ns
   */
  loop(count, step, every = 1) {
    const laps = this.#reserveLaps(Math.ceil(count / every))
    this.#start()
    for (let i = 0, n = 0; i < count; i++) {
      if (i % every !== 0) step(i)
      else {
        const before = performance.now()
        step(i)
        laps[n++] = performance.now() - before
      }
    }
    this.#stop()
  }

  /**
   * The same for steps that are awaited, one after another.
   * @param {number} count
   * @param {(i: number) => Promise<unknown>} step
   */
  async loopAsync(count, step) {
    const laps = this.#reserveLaps(count)
    this.#start()
    for (let i = 0; i < count; i++) {
      const before = performance.now()
      await step(i)
      laps[i] = performance.now() - before
    }
    this.#stop()
  }

  /**
   * Several loops of awaited steps side by side; `step(writer, i)`.
   * @param {number} writers
   * @param {number} count steps of each writer
   * @param {(writer: number, i: number) => Promise<unknown>} step
   */
  async loopConcurrently(writers, count, step) {
    const laps = this.#reserveLaps(writers * count)
    const run = async (/** @type {number} */ writer) => {
      for (let i = 0; i < count; i++) {
        const before = performance.now()
        await step(writer, i)
        laps[writer * count + i] = performance.now() - before
      }
    }
    this.#start()
    await Promise.all(Array.from({ length: writers }, (_, writer) => run(writer)))
    this.#stop()
  }

  /**
   * Calls `step()` until it returns false, and gives the event loop a turn every 5 ms, as a reader
   * in a real program has to; the longest delay of the loop then shows pauses.
   * @param {() => boolean} step
   */
  async turns(step) {
    this.#turned = true
    this.#delay.enable()
    this.#start()
    let turnEnds = performance.now() + TURN_MS
    while (step()) {
      if (performance.now() < turnEnds) continue
      await new Promise((resolve) => setImmediate(resolve))
      turnEnds = performance.now() + TURN_MS
    }
    this.#stop()
    this.#delay.disable()
  }

  /**
   * Times one piece of work as a whole.
   * @template T
   * @param {() => T | Promise<T>} work
   * @returns {Promise<T>}
   */
  async span(work) {
    const laps = this.#reserveLaps(1)
    this.#start()
    const result = await work()
    this.#stop()
    laps[0] = this.#seconds * 1000
    return result
  }

  /**
   * Closes the measurement that the last timed part made.
   * @param {Amount} amount
   */
  async done(amount) {
    const { count, ms } = await this.#gc.stop()
    this.measurements.push({
      ...amount,
      seconds: this.#seconds,
      cpuSeconds: this.#cpuSeconds,
      anonymous: anonymousBytes(),
      latency: percentiles(this.#laps, this.#lapCount),
      ...(count > 0 ? { collections: count, collectionMs: ms } : {}),
      ...(this.#turned ? { loopDelayMs: this.#delay.max / 1e6 } : {}),
    })
  }

  /**
   * For work done elsewhere (a native program, tinybench) that brings its own numbers.
   * @param {Measurement} measurement
   */
  report(measurement) {
    this.measurements.push(measurement)
  }

  /**
   * @param {string} what
   * @param {unknown} actual
   * @param {unknown} expected
   */
  same(what, actual, expected) {
    if (actual === expected) return
    throw new MismatchError(`${what}: expected ${String(expected)}, got ${String(actual)}`)
  }

  /**
   * The ballast has to be reachable until the end.
   * @returns {number}
   */
  end() {
    this.#gc.disconnect()
    return this.#ballast.length
  }

  /**
   * @param {number} count
   * @returns {Float64Array}
   */
  #reserveLaps(count) {
    this.#laps = new Float64Array(count).fill(0)
    this.#lapCount = count
    return this.#laps
  }

  #start() {
    this.#gc.start()
    this.#cpuSeconds = cpuSeconds()
    this.#begun = performance.now()
  }

  #stop() {
    this.#seconds = (performance.now() - this.#begun) / 1000
    this.#cpuSeconds = cpuSeconds() - this.#cpuSeconds
    this.#gc.mark()
  }
}

/** @returns {number} */
function cpuSeconds() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/**
 * Objects that every full collection has to visit, as the heap of a real program has them.
 * @param {number} count
 * @returns {unknown[]}
 */
function liveObjects(count) {
  return Array.from({ length: count }, (_, i) => ({ id: i, name: `n${i}`, next: null }))
}

/** Garbage collections between start() and mark(); their entries arrive a few turns later. */
function watchCollections() {
  /** @type {{ startTime: number, duration: number }[]} */
  let seen = []
  let begun = 0
  let ended = 0
  const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  return {
    start() {
      seen = []
      begun = performance.now()
    },
    mark() {
      ended = performance.now()
    },
    async stop() {
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
      const inside = seen.filter((entry) => entry.startTime >= begun && entry.startTime <= ended)
      return { count: inside.length, ms: inside.reduce((sum, entry) => sum + entry.duration, 0) }
    },
    disconnect: () => observer.disconnect(),
  }
}
