import type { PartitionLog } from '../log/index.js'
import { Accumulator, type Shared } from './accumulator.js'

/** What a producer asks of the topics. */
export interface Topics {
  /** The logs of a topic by number of the partition; undefined where they are not open yet. */
  find(topic: string): readonly PartitionLog[] | undefined
  /** @throws DuramenError `ERR_NOT_FOUND` */
  open(topic: string): Promise<readonly PartitionLog[]>
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

  constructor(topics: Topics, shared: Shared) {
    this.#topics = topics
    this.#shared = shared
  }

  /** By number of the partition; undefined where the topic is yet to be opened, or has got partitions. */
  find(topic: string): readonly Accumulator[] | undefined {
    const known = this.#known.get(topic)
    const logs = this.#topics.find(topic)
    if (logs === undefined || logs === known?.logs) return logs && known?.accumulators
    const accumulators = logs.map((log, i) =>
      known?.logs[i] === log
        ? (known.accumulators[i] as Accumulator)
        : new Accumulator(log, this.#shared),
    )
    this.#known.set(topic, { logs, accumulators })
    return accumulators
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
