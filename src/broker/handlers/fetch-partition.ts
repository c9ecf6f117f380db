import type { Engine } from '../../engine.js'
import { DuramenError } from '../../errors.js'
import { epochEnd, type IsolationLevel, type LogView, type PartitionLog } from '../../log/index.js'
import type { Waiting } from '../../log/progress.js'
import { type apis, errorCodes, type ResponseInput } from '../../protocol/index.js'
import { after, attempt, type Soon } from '../../soon.js'
import { errorCodeOf, Refusal } from '../error-code.js'
import { LogViews } from '../log-views.js'
import type { Problems } from '../problems.js'
import { tellStorageFault } from '../storage-faults.js'
import type { AskedPartition } from './fetch-asked.js'
import { checkLeaderEpoch } from './leader-epoch.js'

export type FetchedPartition = NonNullable<
  ResponseInput<typeof apis.fetch>['responses'][number]['partitions']
>[number]

/** How much a request has room for; one batch there is always, lest a client stands still (KIP-74). */
export class FetchRoom {
  readonly #bytes: number
  #taken = 0

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  get taken(): number {
    return this.#taken
  }

  /** Of `wanted` bytes as many as there is room for. */
  atMost(wanted: number): number {
    return Math.max(Math.min(wanted, this.#bytes - this.#taken), 0)
  }

  /** Whether a view fits where there are `most` bytes for it. */
  take({ sizeInBytes }: LogView, most: number): boolean {
    if (this.#taken > 0 && sizeInBytes > most) return false
    this.#taken += sizeInBytes
    return true
  }
}

/** What a whole request goes by. */
export interface FetchTerms {
  readonly engine: Engine
  readonly problems: Problems
  readonly version: number
  readonly isolation: IsolationLevel
}

const noRecords = Buffer.alloc(0)

/** What one partition gives to a fetch: views of its log, from the offset that was asked for on. */
export class PartitionFetch {
  readonly #topic: string
  readonly #asked: AskedPartition
  readonly #terms: FetchTerms
  readonly #views: LogView[] = []
  #log: PartitionLog | undefined
  /** Where to read on. */
  #next: number
  #bytes = 0
  #isFull = false
  #errorCode: number
  #diverging: { epoch: number; endOffset: number } | undefined

  /** @param errorCode what is wrong before anything is read */
  constructor(topic: string, asked: AskedPartition, terms: FetchTerms, errorCode: number) {
    this.#topic = topic
    this.#asked = asked
    this.#terms = terms
    this.#next = asked.fetchOffset
    this.#errorCode = errorCode
  }

  /** Whether the client has to be told at once. */
  get isUrgent(): boolean {
    return this.#errorCode !== errorCodes.none || this.#diverging !== undefined
  }

  /** Whether there may be more to read, later. */
  get mayGrow(): boolean {
    return !this.#isFull && !this.isUrgent
  }

  /** Reads what there is, and room for. */
  read(room: FetchRoom): Soon<void> {
    if (!this.mayGrow) return
    const readFrom = (log: PartitionLog) => this.#read(log, room)
    return attempt(
      () => after(this.#log ?? this.#open(), readFrom),
      (error) => this.#failed(error),
    )
  }

  #failed(error: unknown): void {
    const place = `${this.#topic}-${this.#asked.partition}`
    tellStorageFault(error, place, this.#terms.problems)
    // What was read before is given; the next request meets the fault.
    if (this.#views.length > 0) this.#isFull = true
    else this.#errorCode = isClosed(error) ? errorCodes.unknownTopicOrPartition : errorCodeOf(error)
  }

  #open(): Soon<PartitionLog> {
    const { engine } = this.#terms
    const { partition } = this.#asked
    const log = engine.openLog(this.#topic, partition) ?? engine.log(this.#topic, partition)
    return after(log, (opened) => {
      this.#check(opened)
      this.#log = opened
      return opened
    })
  }

  #check(log: PartitionLog): void {
    const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch } = this.#asked
    checkLeaderEpoch(log, currentLeaderEpoch)
    if (!Number.isSafeInteger(fetchOffset) || fetchOffset < 0) throw outOfRange(fetchOffset)
    if (lastFetchedEpoch >= 0) this.#compare(log)
  }

  /** Whether the client's log, up to what it has fetched, is like this one. */
  #compare(log: PartitionLog): void {
    const { fetchOffset, lastFetchedEpoch } = this.#asked
    const end = epochEnd(log.leaderEpochs(), lastFetchedEpoch, log.logEndOffset)
    if (end === null) throw outOfRange(fetchOffset)
    const { leaderEpoch: epoch, endOffset } = end
    if (epoch < lastFetchedEpoch || endOffset < fetchOffset) this.#diverging = { epoch, endOffset }
  }

  #read(log: PartitionLog, room: FetchRoom): Soon<void> {
    // Opening it may have told that the client has to be told at once.
    if (!this.mayGrow) return
    const maxBytes = room.atMost(this.#asked.partitionMaxBytes - this.#bytes)
    if (maxBytes === 0 && room.taken > 0) {
      this.#isFull = true
      return
    }
    const { isolation } = this.#terms
    return after(log.readSoon(this.#next, { maxBytes, isolation }), (view) => {
      if (view.isEmpty) this.#next = view.nextOffset
      else if (room.take(view, maxBytes)) this.#take(view)
      else this.#isFull = true
    })
  }

  #take(view: LogView): void {
    this.#views.push(view)
    this.#next = view.nextOffset
    this.#bytes += view.sizeInBytes
  }

  /** The wait for more. */
  wait(): Waiting {
    return (this.#log as PartitionLog).visible(this.#next, this.#terms.isolation)
  }

  answer(): FetchedPartition {
    const { partition: partitionIndex } = this.#asked
    const errorCode = this.#errorCode
    if (errorCode !== errorCodes.none || this.#log === undefined) {
      const nothing = { highWatermark: -1, abortedTransactions: null, records: noRecords }
      return { partitionIndex, errorCode, ...nothing }
    }
    return {
      partitionIndex,
      errorCode,
      ...this.#log.offsets,
      divergingEpoch: this.#diverging,
      abortedTransactions: this.#aborted(),
      records: this.#records(),
    }
  }

  #records(): Buffer | LogView | LogViews {
    const [first = noRecords, ...others] = this.#views
    return others.length === 0 ? first : new LogViews(this.#views)
  }

  /** One that reaches from one view into the next is told of twice, which clients do not mind. */
  #aborted() {
    if (this.#terms.isolation === 'read_uncommitted') return null
    return this.#views.flatMap(({ abortedTransactions = [] }) => abortedTransactions)
  }
}

function outOfRange(offset: number): Refusal {
  return new Refusal(errorCodes.offsetOutOfRange, `offset ${offset} is not in the log`)
}

/** Its topic was deleted meanwhile. */
function isClosed(error: unknown): boolean {
  return error instanceof DuramenError && error.code === 'ERR_CLOSED'
}
