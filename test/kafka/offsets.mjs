// Groups and committed offsets, written by the coordinator, and what Kafka's decoder is to print.
import { join } from 'node:path'
import {
  assignMembers,
  assignors,
  consumerProtocol,
  GroupCoordinator,
} from '../../dist/group/index.js'
import { PartitionLog } from '../../dist/log/index.js'

const partitionCounts = new Map([['clicks', 2]])

async function joined(coordinator, groupId, more = {}) {
  const answer = await coordinator.join({
    groupId,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    protocolType: 'consumer',
    protocols: [consumerProtocol(assignors.get('range'), ['clicks'])],
    sessionTimeoutMs: 45_000,
    rebalanceTimeoutMs: 300_000,
    ...more,
  })
  const { memberId, generation, members } = answer
  const assignments = assignMembers(assignors.get('range'), members, partitionCounts)
  await coordinator.sync({ groupId, memberId, generation, assignments })
  return { groupId, memberId, generation }
}

/** What the decoder prints of a group, but for its timestamp. */
function groupOf(groupId, generation, members) {
  const [leader = null] = members.map(({ memberId }) => memberId)
  const key = { type: '2', data: { group: groupId } }
  const protocol = members.length > 0 ? 'range' : null
  const data = { protocolType: 'consumer', generation, protocol, leader, members }
  return { key, payload: { version: '3', data } }
}

function memberOf(memberId, groupInstanceId = null) {
  return {
    ...{ memberId, groupInstanceId, clientId: 'client', clientHost: '/127.0.0.1' },
    ...{ rebalanceTimeout: 300_000, sessionTimeout: 45_000 },
    subscription: {
      ...{ topics: ['clicks'], userData: null, ownedPartitions: [] },
      ...{ generationId: -1, rackId: null },
    },
    assignment: {
      assignedPartitions: [{ topic: 'clicks', partitions: [0, 1] }],
      userData: null,
    },
  }
}

function offsetOf(groupId, partition, committed) {
  const key = { type: '1', data: { group: groupId, topic: 'clicks', partition } }
  return { key, payload: committed === null ? '<DELETE>' : { version: '3', data: committed } }
}

/** Writes one partition of `__consumer_offsets`; what the decoder is to print of its records. */
export async function writeOffsets(directory) {
  const log = await PartitionLog.open(join(directory, '__consumer_offsets-0'), { flush: 'os' })
  const coordinator = new GroupCoordinator({ partitions: 1, open: async () => log })
  const offsets = [
    { topic: 'clicks', partition: 0, offset: 2 ** 40, leaderEpoch: 7, metadata: 'é"' },
    { topic: 'clicks', partition: 1, offset: 0 },
  ]
  const member = await joined(coordinator, 'orders')
  await coordinator.commitOffsets({ ...member, offsets })
  await coordinator.leave({ groupId: 'orders', members: [member] })
  const fixed = await joined(coordinator, 'fixed', { groupInstanceId: 'host-1' })
  await coordinator.commitOffsets({ groupId: 'simple', offsets: offsets.slice(1) })
  await coordinator.delete('simple')
  await coordinator.close()
  await log.close()
  const second = { offset: 0, leaderEpoch: -1, metadata: '' }
  return [
    groupOf('orders', 1, [memberOf(member.memberId)]),
    offsetOf('orders', 0, { offset: 2 ** 40, leaderEpoch: 7, metadata: 'é"' }),
    offsetOf('orders', 1, second),
    groupOf('orders', 2, []),
    groupOf('fixed', 1, [memberOf(fixed.memberId, 'host-1')]),
    offsetOf('simple', 1, second),
    offsetOf('simple', 1, null),
    { key: { type: '2', data: { group: 'simple' } }, payload: '<DELETE>' },
  ]
}

/** A record as the decoder printed it, without the timestamps, which are those of the clock. */
export function decoded({ key, value }) {
  const payload = value.startsWith('{') ? JSON.parse(value) : value
  delete payload.data?.commitTimestamp
  delete payload.data?.currentStateTimestamp
  return { key: JSON.parse(key), payload }
}
