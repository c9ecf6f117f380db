import { DuramenError } from '../errors.js'
import { apis, errorCodes, type ResponseOf } from '../protocol/index.js'
import { brokerError } from './broker-error.js'
import type { ClientConnection } from './client-connection.js'
import type { ClusterClient } from './cluster-client.js'

export interface RemoteMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** As its kind of group encodes it. */
  readonly assignment: Buffer
}

export interface RemoteGroup {
  readonly groupId: string
  /** As Kafka names it. */
  readonly state: string
  /** The assignor; empty where there is none. */
  readonly protocolName: string
  /** Null in groups of a kind that is not described so, as the broker assigns (KIP-848). */
  readonly members: readonly RemoteMember[] | null
}

export interface RemoteOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Those of all brokers, by name. @throws DuramenError what a broker says */
export async function listGroups(cluster: ClusterClient): Promise<RemoteGroup[]> {
  const groups: RemoteGroup[] = []
  for (const id of await cluster.nodes()) {
    const connection = await cluster.node(id)
    const listed = await connection.request(apis.listGroups, {})
    if (listed.errorCode !== errorCodes.none) throw brokerError(listed.errorCode, 'listing groups')
    const described = await describe(
      connection,
      listed.groups.map(({ groupId }) => groupId),
    )
    for (const { groupId, groupState } of listed.groups) {
      const known = described.get(groupId)
      groups.push(
        known ?? { groupId, state: groupState || 'Unknown', protocolName: '', members: null },
      )
    }
  }
  return groups.sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
}

/** Undefined where there is none. @throws DuramenError what the broker says */
export async function findGroup(
  cluster: ClusterClient,
  groupId: string,
): Promise<RemoteGroup | undefined> {
  const known = await cluster.onCoordinator(groupId, async (connection) =>
    (await describe(connection, [groupId])).get(groupId),
  )
  // Of a kind that is not described so, or none.
  return known ?? (await listGroups(cluster)).find((one) => one.groupId === groupId)
}

type Described = ResponseOf<typeof apis.describeGroups>['groups'][number]

/** Those that are there, and of the kind that JoinGroup makes. */
async function describe(
  connection: ClientConnection,
  groups: readonly string[],
): Promise<ReadonlyMap<string, RemoteGroup>> {
  if (groups.length === 0) return new Map()
  const answer = await connection.request(apis.describeGroups, { groups })
  const there = answer.groups.filter(({ errorCode, groupState, groupId }) => {
    const isNone = errorCode === errorCodes.none || errorCode === errorCodes.groupIdNotFound
    if (!isNone) throw brokerError(errorCode, `asking about the group ${groupId}`)
    return errorCode === errorCodes.none && groupState !== 'Dead'
  })
  return new Map(there.map((group) => [group.groupId, remoteGroup(group)]))
}

function remoteGroup({
  groupId,
  groupState: state,
  protocolData,
  members,
}: Described): RemoteGroup {
  return {
    groupId,
    state,
    protocolName: protocolData,
    members: members.map(({ memberAssignment: assignment, ...member }) => ({
      ...member,
      assignment,
    })),
  }
}

/** What a group has committed. @throws DuramenError what the broker says, `ERR_BAD_ANSWER` */
export function committedOffsets(cluster: ClusterClient, groupId: string): Promise<RemoteOffset[]> {
  const request = { groupId, topics: null, groups: [{ groupId, topics: null }] }
  return cluster.onCoordinator(groupId, async (connection) => {
    const answer = await connection.request(apis.offsetFetch, request)
    const { errorCode, topics } = answer.groups[0] ?? answer
    const what = `asking for the offsets of the group ${groupId}`
    if (errorCode !== errorCodes.none) throw brokerError(errorCode, what)
    const offsets = topics.flatMap(({ name: topic, partitions }) =>
      partitions
        .filter(({ committedOffset }) => committedOffset >= 0)
        .map(({ partitionIndex: partition, committedOffset: offset, errorCode: fault }) => {
          if (fault !== errorCodes.none) throw brokerError(fault, what)
          if (Number.isSafeInteger(offset)) return { topic, partition, offset }
          throw new DuramenError(
            'ERR_BAD_ANSWER',
            `a broker says that ${offset} is committed; look at it`,
          )
        }),
    )
    return offsets.sort(byTopicAndPartition)
  })
}

function byTopicAndPartition(a: RemoteOffset, b: RemoteOffset): number {
  if (a.topic === b.topic) return a.partition - b.partition
  return a.topic < b.topic ? -1 : 1
}

/** Commits for a group without members. @throws DuramenError what the broker says */
export function commitOffsets(
  cluster: ClusterClient,
  groupId: string,
  offsets: readonly RemoteOffset[],
): Promise<void> {
  const byTopic = new Map<
    string,
    { partitionIndex: number; committedOffset: number; committedMetadata: string }[]
  >()
  for (const { topic, partition: partitionIndex, offset: committedOffset } of offsets) {
    const partitions = byTopic.get(topic) ?? []
    byTopic.set(topic, partitions)
    partitions.push({ partitionIndex, committedOffset, committedMetadata: '' })
  }
  const topics = [...byTopic].map(([name, partitions]) => ({ name, partitions }))
  const request = { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics }
  return cluster.onCoordinator(groupId, async (connection) => {
    const answer = await connection.request(apis.offsetCommit, request)
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        if (errorCode === errorCodes.none) continue
        throw brokerError(
          errorCode,
          `committing partition ${partitionIndex} of ${name} for ${groupId}`,
        )
      }
    }
  })
}

/** @throws DuramenError `ERR_NON_EMPTY_GROUP`, `ERR_GROUP_ID_NOT_FOUND`, and what else the broker says */
export function deleteGroup(cluster: ClusterClient, groupId: string): Promise<void> {
  return cluster.onCoordinator(groupId, async (connection) => {
    const { results } = await connection.request(apis.deleteGroups, { groupsNames: [groupId] })
    const errorCode = results[0]?.errorCode ?? errorCodes.unknownServerError
    if (errorCode !== errorCodes.none) throw brokerError(errorCode, `deleting the group ${groupId}`)
  })
}
