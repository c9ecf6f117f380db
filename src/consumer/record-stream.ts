import { setImmediate as turn } from 'node:timers/promises'
import type { Record } from '../record/index.js'
import type { Fetcher } from './fetcher.js'
import type { PartitionReader } from './partition-reader.js'

// Fed from memory, an async loop would otherwise starve every timer, signal and heartbeat.
const longestTurnMs = 5
const recordsBetweenLooks = 256

/** The records of a consumer, one after the other, partition by partition as they were read. */
export class RecordStream {
  readonly #fetcher: Fetcher
  readonly #attend: () => Promise<void>
  #mustAttend = false
  /** Records that were asked for. */
  asked = 0
  #reader: PartitionReader | undefined
  #sinceLook = 0
  #lastTurn = performance.now()
  // The last record that was given; and where several are given at a time, those of other partitions.
  #givenOffset = -1
  readonly #givenBefore = new Map<PartitionReader, number>()

  /** `attend` is called before anything is read, and is no more than a look for the most part. */
  constructor(fetcher: Fetcher, attend: () => Promise<void>) {
    this.#fetcher = fetcher
    this.#attend = attend
  }

  /** Something has to be attended to before the next record is given. */
  interrupt(): void {
    this.#mustAttend = true
    this.#fetcher.interrupt()
  }

  /** The application is through with what it was given: so a loop that is left comes to it again. */
  pass(): void {
    if (this.#givenOffset >= 0) this.#reader?.passed(this.#givenOffset)
    this.#givenOffset = -1
    if (this.#givenBefore.size === 0) return
    for (const [reader, offset] of this.#givenBefore) reader.passed(offset)
    this.#givenBefore.clear()
  }

  /** A record that was read already, unless it is time for the event loop to turn. */
  ready(): Record | undefined {
    this.asked++
    if (this.#mustAttend) return undefined
    if (++this.#sinceLook >= recordsBetweenLooks && this.#isTurnLong()) return undefined
    const record = this.#reader?.next()
    if (record !== undefined) this.#givenOffset = record.offset
    return record
  }

  /**
   * The next record of those that may be seen now; undefined where there is none.
   *
   * @throws what reading throws
   */
  async next(): Promise<Record | undefined> {
    await turn()
    this.#mustAttend = false
    await this.#attend()
    this.#lastTurn = performance.now()
    this.#sinceLook = 0
    for (;;) {
      const record = this.ready()
      if (record !== undefined) return record
      const reader = await this.#fetcher.next()
      this.leave()
      this.#reader = reader
      if (reader === undefined) return undefined
    }
  }

  /** The application stops in the middle: what it is not through with is given again. */
  rewind(): void {
    this.leave()
    for (const reader of this.#givenBefore.keys()) reader.rewind()
    this.#givenBefore.clear()
  }

  /** Goes on with another partition. */
  leave(): void {
    if (this.#reader !== undefined && this.#givenOffset >= 0) {
      this.#givenBefore.set(this.#reader, this.#givenOffset)
    }
    this.#reader = undefined
    this.#givenOffset = -1
  }

  /** Nothing of that partition counts as given: it was sought, or taken away. */
  forget(reader: PartitionReader): void {
    if (this.#reader === reader) {
      this.#reader = undefined
      this.#givenOffset = -1
    }
    this.#givenBefore.delete(reader)
  }

  #isTurnLong(): boolean {
    this.#sinceLook = 0
    return performance.now() - this.#lastTurn > longestTurnMs
  }
}
