import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { CodecName } from '../../compression/index.js'
import type { Appended } from '../../log/index.js'
import { recordOverhead } from '../lines.js'
import type { AppendablePartition } from '../store/store.js'

export interface LoadOptions {
  readonly records: number
  readonly recordSize: number
  /** Most bytes of a batch, unless one record needs more. */
  readonly batchSize: number
  /** Milliseconds that a batch waits to become full. */
  readonly linger: number
  /** Records a second; Infinity for as many as there can be. */
  readonly rate: number
  readonly compression: CodecName
}

/** Records of one batch, and when each was due, on the clock of `performance.now`. */
export interface DueRecords {
  readonly count: number
  readonly dueAt: (index: number) => number
  readonly send: (log: AppendablePartition) => Promise<Appended>
}

const headerSize = 61
const poolSize = 4 * 1024 * 1024
const shortestWaitMs = 1

/** Makes records as fast as `rate` says, and batches of those that are due. */
export class Load {
  readonly #options: LoadOptions
  readonly #pool: Buffer
  readonly #lengths: Int32Array
  readonly #most: number
  #made = 0
  #started = 0
  #at = 0

  constructor(options: LoadOptions) {
    const { batchSize, recordSize } = options
    this.#options = options
    const fitting = Math.floor((batchSize - headerSize) / (recordSize + recordOverhead))
    this.#most = Math.max(1, fitting)
    this.#pool = letters(Math.max(poolSize, this.#most * recordSize))
    this.#lengths = new Int32Array(this.#most).fill(recordSize)
  }

  /** The batches, until all records are made or the signal says so. */
  async *batches(signal: AbortSignal): AsyncGenerator<DueRecords> {
    this.#started = performance.now()
    const { records } = this.#options
    while (this.#made < records && !signal.aborted) {
      const count = Math.min(this.#due - this.#made, this.#most)
      const wait = this.#waitFor(count)
      if (wait > 0) await setTimeout(wait, undefined, { signal }).catch(() => {})
      else yield this.#batch(count)
    }
  }

  /** How many there should be by now. */
  get #due(): number {
    const { records, rate } = this.#options
    if (rate === Number.POSITIVE_INFINITY) return records
    const elapsed = (performance.now() - this.#started) / 1000
    return Math.min(records, Math.floor(elapsed * rate) + 1)
  }

  /** Milliseconds until `count` records, of which no more are due now, make a batch. */
  #waitFor(count: number): number {
    const { records, linger } = this.#options
    if (count <= 0) return Math.max(this.#dueAt(this.#made) - performance.now(), shortestWaitMs)
    if (count === this.#most || this.#made + count === records) return 0
    return Math.max(0, this.#dueAt(this.#made) + linger - performance.now())
  }

  /** Under a rate it does not matter when a record could be made: who waits for it waits from then. */
  #dueAt(index: number): number {
    return this.#started + (index / this.#options.rate) * 1000
  }

  #batch(count: number): DueRecords {
    const { rate, recordSize, compression } = this.#options
    const first = this.#made
    const now = performance.now()
    const isFree = rate === Number.POSITIVE_INFINITY
    const dueAt = (index: number) => (isFree ? now : this.#dueAt(first + index))
    const values = this.#take(count * recordSize)
    this.#made += count
    const valueLengths = this.#lengths
    const send = (log: AppendablePartition) => {
      if (compression === 'none') return log.appendColumns({ values, valueLengths, count })
      const records = Array.from({ length: count }, (_, i) => ({
        value: values.subarray(i * recordSize, (i + 1) * recordSize),
      }))
      return log.append(records, { compression })
    }
    return { count, dueAt, send }
  }

  #take(size: number): Buffer {
    if (this.#at + size > this.#pool.length) this.#at = 0
    const bytes = this.#pool.subarray(this.#at, this.#at + size)
    this.#at += size
    return bytes
  }
}

/** As the values of Kafka's tool: capital letters, at random. */
function letters(size: number): Buffer {
  const bytes = randomBytes(size)
  for (let at = 0; at < size; at++) bytes[at] = 65 + ((bytes[at] as number) % 26)
  return bytes
}
