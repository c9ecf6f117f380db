import type { CommittedOffset } from './offset-record.js'

/** A partition of a topic with what was committed for it. */
export type CommittedPartition = readonly [
  topic: string,
  partition: number,
  committed: CommittedOffset,
]

type Topics = Map<string, Map<number, CommittedOffset>>

/** Committed offsets by group, topic and partition. */
export class OffsetTable {
  readonly #groups = new Map<string, Topics>()

  groupIds(): Iterable<string> {
    return this.#groups.keys()
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  set(groupId: string, topic: string, partition: number, committed: CommittedOffset): void {
    const topics = orMade(this.#groups, groupId, () => new Map())
    orMade<string, Map<number, CommittedOffset>>(topics, topic, () => new Map()).set(
      partition,
      committed,
    )
  }

  delete(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId)
    const partitions = topics?.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) topics?.delete(topic)
    if (topics?.size === 0) this.#groups.delete(groupId)
  }

  /** All of one group. */
  *of(groupId: string): Generator<CommittedPartition, void> {
    for (const [topic, partitions] of this.#groups.get(groupId) ?? []) {
      for (const [partition, committed] of partitions) yield [topic, partition, committed]
    }
  }
}

function orMade<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
