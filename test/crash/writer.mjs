// Appends to several logs at once until it is killed: node writer.mjs ORDERS, as JSON. Says on
// standard output what it is about to do and what was acknowledged, a line each, `letter log
// numbers;`, which ledger.mjs understands:
//   o, O start end         opens, has opened
//   a, s base count first  acknowledged from the page cache, or from the device: records from `base`
//                          on, the first of which has that sequence number
//   f offset               is durable up to there
//   t lowest, T end        cuts somewhere from `lowest` on, has cut
//   d offset, D start      deletes what is before, has deleted
//   c, C                   closes, has closed
import { writeSync } from 'node:fs'
import { PartitionLog } from '../../dist/log/index.js'
import { numbers, pick } from '../support/random.mjs'
import { recordValue } from './values.mjs'

const largestBatch = 40

/**
 * `generation` tells this process from others that append there. With `keepsHead` nothing is
 * deleted. `lie` is for the harness to find: 'early' acknowledges before it appends, 'durable' calls
 * durable what is in the page cache.
 */
const { logs, generation, seed, keepsHead, lie } = JSON.parse(process.argv[2])

class LogWriter {
  #log
  #sequence = 0

  constructor(index, { directory, options }) {
    this.index = index
    this.directory = directory
    this.options = options
    this.random = numbers(seed + index)
  }

  #say(letter, ...rest) {
    writeSync(1, `${[letter, this.index, ...rest].join(' ')};\n`)
  }

  async run() {
    await this.#open()
    for (;;) await (lie === 'early' ? this.#appendLying() : this.#round())
  }

  async #open() {
    this.#say('o')
    this.#log = await PartitionLog.open(this.directory, this.options)
    this.#say('O', this.#log.logStartOffset, this.#log.logEndOffset)
  }

  /** Some appends in flight together; then, now and then, what the log has to have for itself. */
  async #round() {
    const works = Array.from({ length: 1 + this.random(8) }, () => this.#append())
    if (!keepsHead && this.random(30) === 0) works.push(this.#delete())
    await Promise.all(works)
    this.#say('f', this.#log.durableOffset)
    const turn = this.random(40)
    if (turn < 2) await this.#cut()
    else if (turn < 4) await this.#reopen()
  }

  #nextValues(count) {
    return Array.from({ length: count }, () => recordValue(generation, this.#sequence++))
  }

  async #append() {
    const first = this.#sequence
    const values = this.#nextValues(1 + this.random(this.random(5) === 0 ? largestBatch : 5))
    const way = pick(this.random, ['records', 'records', 'columns', 'flushed'])
    const flush = this.random(8) === 0 ? pick(this.random, ['sync', 'os']) : undefined
    const { baseOffset } = await this[way](values, flush)
    const isDurable = way === 'flushed' || (flush ?? this.options.flush) === 'sync'
    this.#say(isDurable || lie ? 's' : 'a', baseOffset, values.length, first)
  }

  records(values, flush) {
    const compression = pick(this.random, ['none', 'none', 'none', 'gzip', 'snappy', 'lz4'])
    return this.#log.append(
      values.map((value) => ({ value })),
      { compression, flush },
    )
  }

  columns(values, flush) {
    const valueLengths = Int32Array.from(values, (value) => value.length)
    return this.#log.appendColumns(
      { values: Buffer.from(values.join('')), valueLengths },
      { flush },
    )
  }

  async flushed(values) {
    const result = this.#log.appendSync(values.map((value) => ({ value })))
    if (lie !== 'durable') await this.#log.flush()
    return result
  }

  async #appendLying() {
    const base = this.#log.logEndOffset
    this.#say('s', base, 1, this.#sequence)
    await this.#log.flush()
    await this.#log.append({ value: this.#nextValues(1)[0] })
  }

  /** Said first: what lies behind may be gone, or not, when death comes in between. */
  async #cut() {
    const { logStartOffset, logEndOffset } = this.#log
    const offset = Math.max(logStartOffset, logEndOffset - this.random(60))
    // A batch goes as a whole.
    this.#say('t', Math.max(logStartOffset, offset - largestBatch + 1))
    await this.#log.truncateTo(offset).catch(outOfRange)
    this.#say('T', this.#log.logEndOffset)
  }

  async #delete() {
    const { logStartOffset, highWatermark } = this.#log
    const offset = logStartOffset + this.random(highWatermark - logStartOffset + 1)
    this.#say('d', offset)
    await this.#log.deleteBefore(offset)
    this.#say('D', this.#log.logStartOffset)
  }

  async #reopen() {
    this.#say('c')
    await this.#log.close()
    this.#say('C')
    await this.#open()
  }
}

/** A cut within the batch in which the log starts is refused. */
function outOfRange(error) {
  if (error.code !== 'ERR_OFFSET_OUT_OF_RANGE') throw error
}

await Promise.all(logs.map((log, index) => new LogWriter(index, log).run()))
