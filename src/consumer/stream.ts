import { setImmediate as turn } from 'node:timers/promises'
import { DuramenError } from '../errors.js'
import type { Record } from '../record/index.js'
import type { Fetcher } from './fetcher.js'
import type { PartitionReader } from './partition-reader.js'

// Fed from memory, an async loop would otherwise starve every timer, signal and heartbeat.
const longestTurnMs = 5
// A look at the clock takes as long as half a record.
const mostRecordsBetweenLooks = 32

/** Does what comes before anything is read, for the most part no more than a look; false: not in time. */
export type Attend = () => Promise<boolean>

/** What a consumer is given, partition by partition as it was read: record by record, or whole. */
export class Stream {
  readonly #fetcher: Fetcher
  readonly #attend: Attend
  #mustAttend = false
  /** What it is given from, and has not passed altogether. */
  #reader: PartitionReader | undefined
  #lastTurn = performance.now()
  #lastLook = this.#lastTurn
  /** Records until the next look at the clock, and how many it was from the last to this one. */
  #untilLook = 1
  #betweenLooks = 1
  #hasWaited = false
  #isTaken = false
  /** How often records were asked for. */
  asked = 0

  constructor(fetcher: Fetcher, attend: Attend) {
    this.#fetcher = fetcher
    this.#attend = attend
  }

  get isClosed(): boolean {
    return this.#fetcher.isClosed
  }

  /**
   * Claims it for one loop or call.
   *
   * @throws DuramenError `ERR_CONSUMER_BUSY`
   */
  take(): void {
    if (this.#isTaken) {
      const message = 'another loop is under way; leave that one first, or make another consumer'
      throw new DuramenError('ERR_CONSUMER_BUSY', message)
    }
    this.#isTaken = true
  }

  /** For the next one, which goes on behind what was given. */
  release(): void {
    this.#isTaken = false
  }

  /** For the next one, which comes again to what was given and not passed. */
  leave(): void {
    this.#reader?.rewind()
    this.#reader = undefined
    this.release()
  }

  /** Something has to be attended to before anything else is given. */
  interrupt(): void {
    this.#mustAttend = true
    this.#fetcher.interrupt()
  }

  /** The application is through with what it was given: so a loop that is left comes to it again. */
  pass(): void {
    this.#reader?.pass()
  }

  /** The same for what a poll gave, which nobody leaves on the way. */
  passPolled(): void {
    if (!this.#isTaken) this.pass()
  }

  /**
   * A record that was read already, unless it is time for the event loop to turn.
   *
   * @throws DuramenError as `PartitionReader.next`
   */
  ready(): Record<unknown, unknown> | undefined {
    this.asked++
    if (--this.#untilLook <= 0 && this.#isTurnLong()) return undefined
    return this.further()
  }

  /** The same, whatever the time. @throws DuramenError as `PartitionReader.next` */
  further(): Record<unknown, unknown> | undefined {
    const reader = this.#reader
    if (reader === undefined || reader.isPaused || this.#mustAttend) return undefined
    return reader.next()
  }

  /**
   * The next record of those that may be seen now; undefined where there is none.
   *
   * @throws DuramenError what reading and joining throw, and as `ready`
   */
  async next(attend = this.#attend): Promise<Record<unknown, unknown> | undefined> {
    if (!(await this.#getReady(attend))) return undefined
    for (;;) {
      const record = this.#reader?.isPaused ? undefined : this.#reader?.next()
      if (record !== undefined) return record
      this.#reader = await this.#fetcher.next()
      if (this.#reader === undefined) return undefined
    }
  }

  /** The same for all that is read at a time of one partition. */
  async nextReader(): Promise<PartitionReader | undefined> {
    if (!(await this.#getReady(this.#attend))) return undefined
    this.#reader = await this.#fetcher.next()
    return this.#reader
  }

  async #getReady(attend: Attend): Promise<boolean> {
    this.asked++
    // Who has waited has given the event loop its turn, but for what is woken without one.
    if (!this.#hasWaited || this.#isTurnLong()) {
      await turn()
      this.#lastTurn = performance.now()
    }
    this.#hasWaited = false
    this.#mustAttend = false
    return attend()
  }

  /** Resolves when there may be something to give, or to attend to. */
  async wait(): Promise<void> {
    await this.#fetcher.wait()
    this.#hasWaited = true
  }

  /** The same, but no longer than until then (`performance.now`); false when that is over. */
  async waitUntil(until: number, signal?: AbortSignal): Promise<boolean> {
    this.#hasWaited = await this.#fetcher.waitUntil(until, signal)
    return this.#hasWaited
  }

  /** Nothing of that partition counts as given: it was sought, or taken away. */
  forget(reader: PartitionReader): void {
    if (this.#reader === reader) this.#reader = undefined
  }

  /** Looks at the clock, and settles when to look again: sooner where the application is slow. */
  #isTurnLong(): boolean {
    const now = performance.now()
    const isSlow = now - this.#lastLook > longestTurnMs / 5
    this.#betweenLooks = isSlow ? 1 : Math.min(this.#betweenLooks * 2, mostRecordsBetweenLooks)
    this.#untilLook = this.#betweenLooks
    this.#lastLook = now
    return now - this.#lastTurn > longestTurnMs
  }
}
