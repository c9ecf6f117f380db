import { corrupt, WireReader, WireWriter } from '../wire/index.js'

// A record of `__consumer_offsets` that holds one committed offset: Kafka's OffsetCommitKey, whose
// first field is version 0 or 1, and OffsetCommitValue, read in versions 0 to 4, written in 3; or in 1,
// the only one that has room for when it expires.

export const oldestOffsetKey = 0
export const offsetKeyVersion = 1
const writtenVersion = 3
const expiringVersion = 1
const latestVersion = 4

/** What was committed for one partition. */
export interface CommittedOffset {
  /** The next record to consume. */
  readonly offset: number
  /** Of the last record consumed; -1 where it is not known. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** Milliseconds since the epoch. */
  readonly commitTimestamp: number
  /** When it expires, where its committer said so, as old clients could; -1: by the retention. */
  readonly expireTimestamp: number
}

export interface OffsetKey {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
}

export function encodeOffsetKey({ groupId, topic, partition }: OffsetKey): Buffer {
  const writer = new WireWriter().int16(offsetKeyVersion)
  return writer.string(groupId).string(topic).int32(partition).end()
}

/** `reader` stands behind the version. @throws DuramenError `ERR_CORRUPT_RECORD` */
export function readOffsetKey(reader: WireReader): OffsetKey {
  return { groupId: reader.string(), topic: reader.string(), partition: reader.int32() }
}

export function encodeOffsetValue(committed: CommittedOffset): Buffer {
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp } = committed
  const expires = expireTimestamp >= 0
  const writer = new WireWriter().int16(expires ? expiringVersion : writtenVersion).int64(offset)
  if (!expires) writer.int32(leaderEpoch)
  writer.string(metadata).int64(commitTimestamp)
  if (expires) writer.int64(expireTimestamp)
  return writer.end()
}

/** @throws DuramenError `ERR_CORRUPT_RECORD` */
export function decodeOffsetValue(value: Buffer): CommittedOffset {
  const version = value.length < 2 ? -1 : value.readInt16BE(0)
  if (version < 0 || version > latestVersion) throw corrupt(`its value has version ${version}`)
  const reader = new WireReader(value, { at: 2, compact: version >= 4 })
  const offset = reader.int64()
  const leaderEpoch = version >= 3 ? reader.int32() : -1
  const metadata = reader.string()
  const commitTimestamp = reader.int64()
  const expireTimestamp = version === expiringVersion ? reader.int64() : -1
  reader.skipTags()
  return { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp }
}
