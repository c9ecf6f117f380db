import type { PartitionLog } from '../log/index.js'
import { Accumulator, type Shared } from './accumulator.js'

/** What a producer asks of the topics. */
export interface Topics {
  /** The logs of a topic by number of the partition; undefined where they are not open yet. */
  find(topic: string): readonly PartitionLog[] | undefined
  /** @throws DuramenError `ERR_NOT_FOUND` */
  open(topic: string): Promise<readonly PartitionLog[]>
  /** An id that no other producer has, or had. */
  producerId(): Promise<number>
  /** The producer is closed. */
  closed?(): void
}

/** The accumulators of a topic, as long as its logs are these. */
interface Destination {
  readonly logs: readonly PartitionLog[]
  readonly accumulators: readonly Accumulator[]
}

/** Where a producer's records go: an accumulator for each partition of the topics that it sends to. */
export class Destinations {
  readonly #topics: Topics
  readonly #shared: Shared
  readonly #known = new Map<string, Destination>()
  #last: Destination | undefined

  constructor(topics: Topics, shared: Shared) {
    this.#topics = topics
    this.#shared = shared
  }

  /** By number of the partition; undefined where the topic is yet to be opened, or has got partitions. */
  find(topic: string): readonly Accumulator[] | undefined {
    const logs = this.#topics.find(topic)
    if (logs === undefined || logs === this.#last?.logs) return logs && this.#last?.accumulators
    const known = this.#known.get(topic)
    this.#last = known?.logs === logs ? known : this.#renew(topic, logs, known)
    return this.#last.accumulators
  }

  #renew(topic: string, logs: readonly PartitionLog[], known?: Destination): Destination {
    const accumulators = logs.map((log, i) =>
      known?.logs[i] === log
        ? (known.accumulators[i] as Accumulator)
        : new Accumulator(log, this.#shared),
    )
    const destination = { logs, accumulators }
    this.#known.set(topic, destination)
    return destination
  }

  /** @throws what opening the topic does */
  async open(topic: string): Promise<void> {
    await this.#topics.open(topic)
  }

  /** Of all topics that were sent to. */
  all(): Accumulator[] {
    return [...this.#known.values()].flatMap(({ accumulators }) => accumulators)
  }
}
