import type { Accumulator, Sender } from './accumulator.js'
import type { Destinations } from './destinations.js'
import type { Memory } from './memory.js'
import { detached, type ProducerRecord } from './producer-record.js'

/** A record on its way to its accumulator. */
export interface Arrival {
  readonly topic: string
  record: ProducerRecord
  /** Absent where nobody waits for it. */
  readonly sender?: Sender
  /** What the sender knows it by. */
  index: number
  readonly signal?: AbortSignal
  /** Its timestamp where it has none, ms since the epoch. */
  readonly now: number
}

/** What becomes of those that have waited. */
export interface WaitingSeams {
  readonly destinations: Destinations
  readonly memory: Memory
  readonly maxBlockMs: number
  readonly add: (arrival: Arrival, partitions: readonly Accumulator[]) => void
  readonly refuse: (arrival: Arrival, error: unknown) => void
}

interface Opening {
  readonly arrivals: Arrival[]
  readonly done: Promise<void>
}

/** Records that wait until their topic is open, or there is room; in the order in which they came. */
export class Waiting {
  readonly #seams: WaitingSeams
  readonly #opening = new Map<string, Opening>()

  constructor(seams: WaitingSeams) {
    this.#seams = seams
  }

  /**
   * Keeps a record, in memory of its own.
   *
   * @param partitions undefined where its topic is yet to be opened
   * @throws DuramenError `ERR_INVALID_ARGUMENT`
   */
  keep(arrival: Arrival, partitions: readonly Accumulator[] | undefined): void {
    const kept = { ...arrival, record: detached(arrival.record) }
    if (partitions === undefined) this.#awaitTopic(kept)
    else this.#awaitRoom(kept, partitions)
  }

  /** Whether records wait for that topic: further ones have to wait behind them. */
  isOpening(topic: string): boolean {
    return this.#opening.size > 0 && this.#opening.has(topic)
  }

  /** Resolves when every topic is open that records wait for, or cannot be opened. */
  async opened(): Promise<void> {
    await Promise.all([...this.#opening.values()].map(({ done }) => done))
  }

  #awaitRoom(arrival: Arrival, partitions: readonly Accumulator[]): void {
    const { memory, maxBlockMs, add, refuse } = this.#seams
    const { sender, signal } = arrival
    const maxMs = sender === undefined ? Number.POSITIVE_INFINITY : maxBlockMs
    memory.wait(
      () => add(arrival, partitions),
      (reason) => refuse(arrival, reason),
      { maxMs, signal },
    )
  }

  #awaitTopic(arrival: Arrival): void {
    const { topic } = arrival
    const opening = this.#opening.get(topic)
    if (opening !== undefined) opening.arrivals.push(arrival)
    else this.#opening.set(topic, { arrivals: [arrival], done: this.#open(topic) })
  }

  async #open(topic: string): Promise<void> {
    const { destinations, refuse } = this.#seams
    let failure: unknown
    try {
      await destinations.open(topic)
    } catch (error) {
      failure = error
    }
    const { arrivals } = this.#opening.get(topic) as Opening
    this.#opening.delete(topic)
    for (const arrival of arrivals) {
      if (failure === undefined) this.#enter(arrival)
      else refuse(arrival, failure)
    }
  }

  /** Of a record that was sent before: also while the producer is being closed. */
  #enter(arrival: Arrival): void {
    const { destinations, memory, add, refuse } = this.#seams
    const { topic, signal } = arrival
    const partitions = destinations.find(topic)
    if (signal?.aborted) refuse(arrival, signal.reason)
    else if (partitions === undefined) this.#awaitTopic(arrival)
    else if (memory.isFull) this.#awaitRoom(arrival, partitions)
    else add(arrival, partitions)
  }
}
