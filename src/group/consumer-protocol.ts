import { WireReader, WireWriter } from '../wire/index.js'

// What consumers tell each other through the coordinator, which passes it on unread: Kafka's
// ConsumerProtocolSubscription and ConsumerProtocolAssignment, versions 0 to 3. A later version may
// only add to the end, so it is read as version 3.

const currentVersion = 3

/** Partitions by topic. */
export type TopicPartitions = ReadonlyMap<string, readonly number[]>

/** What a member subscribes to, and what it brings along from the generation before. */
export interface Subscription {
  readonly topics: readonly string[]
  /** What an assignor wants to know besides; null for nothing. */
  readonly userData?: Buffer | null
  /** What the member holds, since version 1. */
  readonly ownedPartitions?: TopicPartitions
  /** The generation in which it was given these, since version 2; -1 for none. */
  readonly generation?: number
  /** Since version 3; it changes no assignment here. */
  readonly rackId?: string | null
}

export interface Assignment {
  readonly partitions: TopicPartitions
  readonly userData?: Buffer | null
}

const noPartitions: TopicPartitions = new Map()

/** The metadata with which a member of type `consumer` joins. `version`: 0 to 3. */
export function encodeSubscription(
  subscription: Subscription,
  version: number = currentVersion,
): Buffer {
  const { topics, userData = null, ownedPartitions = noPartitions } = subscription
  const writer = new WireWriter().int16(version)
  writer.array(topics, (topic) => writer.string(topic)).bytes(userData)
  if (version >= 1) writePartitions(writer, ownedPartitions)
  if (version >= 2) writer.int32(subscription.generation ?? -1)
  if (version >= 3) writer.string(subscription.rackId ?? null)
  return writer.end()
}

/** @throws DuramenError `ERR_CORRUPT_RECORD` */
export function decodeSubscription(bytes: Buffer): Required<Subscription> {
  const reader = new WireReader(bytes)
  const version = reader.int16()
  return {
    topics: reader.array(() => reader.string()),
    userData: reader.nullableBytes(),
    ownedPartitions: version >= 1 ? readPartitions(reader) : noPartitions,
    generation: version >= 2 ? reader.int32() : -1,
    rackId: version >= 3 ? reader.nullableString() : null,
  }
}

/** What the leader hands to one member. All versions are the same. */
export function encodeAssignment(
  { partitions, userData = null }: Assignment,
  version: number = currentVersion,
): Buffer {
  const writer = new WireWriter().int16(version)
  return writePartitions(writer, partitions).bytes(userData).end()
}

/**
 * No bytes are what a member gets that the leader forgot: nothing.
 *
 * @throws DuramenError `ERR_CORRUPT_RECORD`
 */
export function decodeAssignment(bytes: Buffer): Required<Assignment> {
  if (bytes.length === 0) return { partitions: noPartitions, userData: null }
  const reader = new WireReader(bytes)
  reader.int16()
  return { partitions: readPartitions(reader), userData: reader.nullableBytes() }
}

export function writePartitions(writer: WireWriter, partitions: TopicPartitions): WireWriter {
  return writer.array([...partitions], ([topic, numbers]) => {
    writer.string(topic).array(numbers, (number) => writer.int32(number))
  })
}

export function readPartitions(reader: WireReader): TopicPartitions {
  const entries = reader.array(() => {
    const topic = reader.string()
    return [topic, reader.array(() => reader.int32())] as const
  })
  const partitions = new Map<string, number[]>()
  // A topic may come more than once.
  for (const [topic, numbers] of entries) {
    const known = partitions.get(topic)
    if (known === undefined) partitions.set(topic, numbers)
    else known.push(...numbers)
  }
  return partitions
}
