import { byTopic, inOrder, type PartitionCounts, type Subscriber } from './assignor.js'

/** A member while partitions are moved about. */
interface Holder {
  readonly subscriber: Subscriber
  /** How many partitions it has in all. */
  load: number
  readonly held: Map<string, Set<number>>
}

/** A way for one partition of `topic` to move on. */
interface Step {
  readonly from: Holder
  readonly topic: string
  readonly to: Holder
}

/**
 * Divides partitions as evenly as subscriptions allow, and moves as few as that takes.
 *
 * Everybody keeps what they hold; what is free goes to whoever has least. Then, as long as one
 * member has at least two more than another, a partition moves between them: directly, or where the
 * second does not subscribe to what the first one holds, along the shortest chain of members each of
 * which passes one on. When no such chain is left, no division is more even.
 */
export class Balance {
  readonly #counts: PartitionCounts
  readonly #holders: readonly Holder[]
  readonly #takers: ReadonlyMap<string, readonly Holder[]>
  /** Who held a partition before, by topic. */
  readonly #owners = new Map<string, Map<number, Holder>>()

  constructor(counts: PartitionCounts, subscribers: readonly Subscriber[]) {
    this.#counts = counts
    this.#holders = inOrder(subscribers).map((subscriber) => ({
      subscriber,
      load: 0,
      held: new Map(),
    }))
    const holders = new Map(this.#holders.map((holder) => [holder.subscriber, holder]))
    const topics = [...byTopic(this.#holders.map(({ subscriber }) => subscriber))]
    this.#takers = new Map(
      topics.map(([topic, takers]) => [
        topic,
        takers.map((subscriber) => holders.get(subscriber) as Holder),
      ]),
    )
  }

  /** What every member is to have, by its id. */
  settle(): Map<string, Map<string, number[]>> {
    this.#keep()
    this.#handOut()
    while (this.#evenOut());
    return new Map(
      this.#holders.map(({ subscriber, held }) => [
        subscriber.memberId,
        new Map(
          [...held]
            .filter(([, partitions]) => partitions.size > 0)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([topic, partitions]) => [topic, [...partitions].sort((a, b) => a - b)]),
        ),
      ]),
    )
  }

  /** Of two that say they own a partition, the one of the later generation does. */
  #keep(): void {
    const byAge = [...this.#holders].sort(
      (a, b) => b.subscriber.generation - a.subscriber.generation,
    )
    for (const holder of byAge) {
      for (const [topic, partitions] of holder.subscriber.ownedPartitions) {
        if (!holder.subscriber.topics.includes(topic)) continue
        const owners = this.#ownersOf(topic)
        for (const partition of partitions) {
          if (partition >= (this.#counts.get(topic) ?? 0) || owners.has(partition)) continue
          owners.set(partition, holder)
          take(holder, topic, partition)
        }
      }
    }
  }

  #ownersOf(topic: string): Map<number, Holder> {
    const known = this.#owners.get(topic)
    if (known !== undefined) return known
    const owners = new Map<number, Holder>()
    this.#owners.set(topic, owners)
    return owners
  }

  /** Topics with few takers first, as they leave the least choice. */
  #handOut(): void {
    const topics = [...this.#takers].sort(([, a], [, b]) => a.length - b.length)
    for (const [topic, takers] of topics) {
      const owners = this.#ownersOf(topic)
      for (let partition = 0; partition < (this.#counts.get(topic) ?? 0); partition++) {
        if (!owners.has(partition)) take(leastLoaded(takers), topic, partition)
      }
    }
  }

  /** Moves one partition, if that makes it more even; false where nothing does. */
  #evenOut(): boolean {
    const fullest = [...this.#holders].sort((a, b) => b.load - a.load)
    let best: Step[] | undefined
    let load = 0
    // Of members that are equally full, the one whose partition has the shorter way to go.
    for (const from of fullest) {
      if (best?.length === 1 || (best !== undefined && from.load < load)) break
      const chain = this.#chainFrom(from)
      if (chain === undefined || chain.length >= (best?.length ?? Infinity)) continue
      best = chain
      load = from.load
    }
    for (const step of best ?? []) this.#move(step)
    return best !== undefined
  }

  /** The shortest way from `from` to the emptiest member that has at least two partitions less. */
  #chainFrom(from: Holder): Step[] | undefined {
    const cameBy = new Map<Holder, Step | undefined>([[from, undefined]])
    const seenTopics = new Set<string>()
    for (let ring = [from]; ring.length > 0; ) {
      ring = ring.flatMap((holder) => this.#nextOf(holder, cameBy, seenTopics))
      const target = ring.length === 0 ? from : leastLoaded(ring)
      if (target.load <= from.load - 2) return chainTo(target, cameBy)
    }
    return undefined
  }

  /** Members not seen before that could take something from `holder`. */
  #nextOf(
    holder: Holder,
    cameBy: Map<Holder, Step | undefined>,
    seenTopics: Set<string>,
  ): Holder[] {
    const next: Holder[] = []
    for (const [topic, partitions] of holder.held) {
      if (partitions.size === 0 || seenTopics.has(topic)) continue
      seenTopics.add(topic)
      for (const to of this.#takers.get(topic) ?? []) {
        if (cameBy.has(to)) continue
        cameBy.set(to, { from: holder, topic, to })
        next.push(to)
      }
      if (cameBy.size === this.#holders.length) break
    }
    return next
  }

  #move({ from, topic, to }: Step): void {
    const partition = this.#choose(from, topic, to)
    from.held.get(topic)?.delete(partition)
    from.load--
    take(to, topic, partition)
  }

  /** Rather one that goes back to its owner, or else one that its owner has lost anyway. */
  #choose(from: Holder, topic: string, to: Holder): number {
    const owners = this.#owners.get(topic)
    const candidates = [...(from.held.get(topic) ?? [])]
    return (
      candidates.find((partition) => owners?.get(partition) === to) ??
      candidates.find((partition) => owners?.get(partition) !== from) ??
      (candidates.at(-1) as number)
    )
  }
}

function take(holder: Holder, topic: string, partition: number): void {
  const known = holder.held.get(topic)
  if (known === undefined) holder.held.set(topic, new Set([partition]))
  else known.add(partition)
  holder.load++
}

/** The first of those that have least. */
function leastLoaded(holders: readonly Holder[]): Holder {
  return holders.reduce((least, holder) => (holder.load < least.load ? holder : least))
}

function chainTo(target: Holder, cameBy: ReadonlyMap<Holder, Step | undefined>): Step[] {
  const chain: Step[] = []
  for (let step = cameBy.get(target); step !== undefined; step = cameBy.get(step.from)) {
    chain.push(step)
  }
  return chain
}
