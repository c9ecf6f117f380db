import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pick } from '../support/random.mjs'

const program = join(import.meta.dirname, 'writer.mjs')
/** A writer that says nothing for so long hangs. */
const silenceMs = 60_000
/** After so many lines it is struck, whether what was waited for has come or not. */
const enoughLines = 4000

/**
 * When a writer is struck: `delay` microseconds after it has said one of `letters` for the
 * `count`-th time.
 *
 * @typedef {{ letters: string, count: number, delay: number }} Moment
 */

/** Any moment: amid appends, and while the log opens, closes, is cut at either end. */
export function anyMoment(random) {
  if (random(3) === 0) return amidAppends(random)
  const letters = pick(random, ['o', 'c', 't', 'd', 'oOastdcCf', 'as'])
  return { letters, count: 1 + random(3), delay: random(3000) }
}

export function amidAppends(random) {
  return { letters: 'as', count: 1 + random(60), delay: random(500) }
}

/** A moment in which the first log that it opens is being recovered, or just has been. */
export function whileOpening(random) {
  return { letters: 'o', count: 1, delay: random(3000) }
}

const alive = new Set()
process.on('exit', () => {
  for (const writer of alive) writer.kill()
})

/** Runs writer.mjs until it is struck, and tells `onLine(letter, log, numbers)` what it says. */
export class WriterProcess {
  #child
  #seen = 0
  #lines = 0
  #rest = ''

  constructor(orders, onLine) {
    this.onLine = onLine
    this.#child = spawn(process.execPath, [program, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout.setEncoding('latin1')
    this.errors = text(this.#child.stderr)
    this.ended = once(this.#child, 'close')
    alive.add(this)
  }

  kill() {
    this.#child.kill('SIGKILL')
  }

  /**
   * Calls `strike` at the moment, and resolves when the writer has ended.
   *
   * @returns undefined, or what went wrong: it ended by itself before, or hung
   */
  async run(moment, strike) {
    let isStruck = false
    let isSilent = false
    const silence = setTimeout(() => {
      isSilent = true
      this.kill()
    }, silenceMs)
    const strikeOnce = () => {
      if (!isStruck) strike()
      isStruck = true
    }
    this.#child.stdout.on('data', (chunk) => {
      silence.refresh()
      if (this.#read(chunk, moment)) after(moment.delay, strikeOnce)
    })
    const [code, signal] = await this.ended
    clearTimeout(silence)
    alive.delete(this)
    if (isSilent) return `the writer was silent for ${silenceMs / 1000} s`
    return isStruck ? undefined : `the writer ended (${code ?? signal}): ${await this.errors}`
  }

  /** Whether the moment has come with these lines. */
  #read(chunk, { letters, count }) {
    const before = this.#seen
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const [letter, log, ...rest] = line.slice(0, -1).split(' ')
      if (letters.includes(letter)) this.#seen++
      this.onLine(letter, Number(log), rest.map(Number))
    }
    this.#lines += lines.length
    return (before < count && this.#seen >= count) || this.#lines >= enoughLines
  }
}

/** As a timer does, but to the microsecond. */
function after(microseconds, work) {
  const at = performance.now() + microseconds / 1000
  const look = () => (performance.now() >= at ? work() : setImmediate(look))
  look()
}
