import { corrupt, WireReader, WireWriter } from '../wire/index.js'

// The record of `__consumer_offsets` that holds a group: Kafka's GroupMetadataKey, which begins with
// version 2, and GroupMetadataValue, read in versions 0 to 4, written in 3.

export const groupKeyVersion = 2
const writtenVersion = 3
const latestVersion = 4

/** A member as it is stored. */
export interface StoredMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  /** Its metadata for the protocol of the group. */
  readonly subscription: Buffer
  readonly assignment: Buffer
}

/** A group as it is stored, after each completed rebalance. */
export interface StoredGroup {
  /** Empty where there never was a member. */
  readonly protocolType: string
  readonly generation: number
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** When the group came into the state that it is in; -1 where it is not known. */
  readonly stateTimestamp: number
  readonly members: readonly StoredMember[]
}

export function encodeGroupKey(groupId: string): Buffer {
  return new WireWriter().int16(groupKeyVersion).string(groupId).end()
}

export function encodeGroupValue(group: StoredGroup): Buffer {
  const writer = new WireWriter()
    .int16(writtenVersion)
    .string(group.protocolType)
    .int32(group.generation)
    .string(group.protocolName)
    .string(group.leaderId)
    .int64(group.stateTimestamp)
  return writer.array(group.members, (member) => writeMember(writer, member)).end()
}

function writeMember(writer: WireWriter, member: StoredMember): void {
  writer
    .string(member.memberId)
    .string(member.groupInstanceId)
    .string(member.clientId)
    .string(member.clientHost)
    .int32(member.rebalanceTimeoutMs)
    .int32(member.sessionTimeoutMs)
    .bytes(member.subscription)
    .bytes(member.assignment)
}

/** Its Buffers are views of `value`. @throws DuramenError `ERR_CORRUPT_RECORD` */
export function decodeGroupValue(value: Buffer): StoredGroup {
  const version = value.length < 2 ? -1 : value.readInt16BE(0)
  if (version < 0 || version > latestVersion) throw corrupt(`its value has version ${version}`)
  const reader = new WireReader(value, { at: 2, compact: version >= 4 })
  const group = {
    protocolType: reader.string(),
    generation: reader.int32(),
    protocolName: reader.nullableString(),
    leaderId: reader.nullableString(),
    stateTimestamp: version >= 2 ? reader.int64() : -1,
    members: reader.array(() => readMember(reader, version)),
  }
  reader.skipTags()
  return group
}

function readMember(reader: WireReader, version: number): StoredMember {
  const memberId = reader.string()
  const groupInstanceId = version >= 3 ? reader.nullableString() : null
  const clientId = reader.string()
  const clientHost = reader.string()
  const rebalanceTimeout = version >= 1 ? reader.int32() : -1
  const sessionTimeoutMs = reader.int32()
  const member = {
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    // Before it was stored, it was the session timeout.
    rebalanceTimeoutMs: rebalanceTimeout < 0 ? sessionTimeoutMs : rebalanceTimeout,
    sessionTimeoutMs,
    subscription: reader.bytes(),
    assignment: reader.bytes(),
  }
  reader.skipTags()
  return member
}
