import { beforeEach, expect, it } from 'vitest'
import type { GroupCoordinator } from '../../src/group/index.js'
import {
  again,
  coordinatorOf,
  formed,
  type Joined,
  joining,
  pass,
  started,
  stopTime,
} from '../support/groups.js'
import { codeOf } from '../support/logs.js'

const gone = new Error('gone')

beforeEach(stopTime)

async function members(coordinator: GroupCoordinator): Promise<string[]> {
  return (await coordinator.describe('billing')).members.map(({ memberId }) => memberId)
}

/** Of two members the leader joins again, and waits for the other. */
async function waitingForOther() {
  const coordinator = coordinatorOf()
  const patient = joining({ sessionTimeoutMs: 60_000 })
  const [leader, other] = (await formed(coordinator, [joining(), patient])) as [Joined, Joined]
  const client = new AbortController()
  const answer = coordinator.join(again(leader, { signal: client.signal }))
  const lost = expect(answer).rejects.toBe(gone)
  await pass(10_000)
  expect(await members(coordinator)).toHaveLength(2)
  return { coordinator, leader, other, lost, lose: () => client.abort(gone) }
}

it('a member that waits to join is let go, and out when its client has been gone for its session', async () => {
  const { coordinator, other, lost, lose } = await waitingForOther()
  lose()
  await lost
  await pass(9999)
  expect(await members(coordinator)).toHaveLength(2)
  await pass(1)
  expect(await members(coordinator)).toEqual([other.memberId])
})

it('it stays where it is heard of in that time, and waits again', async () => {
  const { coordinator, leader, other, lost, lose } = await waitingForOther()
  lose()
  await lost
  await pass(9000)
  const back = coordinator.join(again(leader, { signal: new AbortController().signal }))
  await pass(30_000)
  expect(await members(coordinator)).toHaveLength(2)
  const [answer] = await Promise.all([back, coordinator.join(again(other))])
  expect(answer.members).toHaveLength(2)
})

it('that an earlier connection is gone means nothing to who has asked again on another', async () => {
  const { coordinator, leader, lost, lose } = await waitingForOther()
  const back = coordinator.join(again(leader, { signal: new AbortController().signal }))
  lose()
  await lost
  await pass(30_000)
  expect(await members(coordinator)).toHaveLength(2)
  await coordinator.close()
  expect(await codeOf(() => back)).toBe('ERR_COORDINATOR_CLOSED')
})

it('a new member without an id is out at once, and holds nobody up', async () => {
  const coordinator = coordinatorOf()
  const [one] = (await formed(coordinator, [joining()])) as [Joined]
  const client = new AbortController()
  const answer = coordinator.join(joining({ signal: client.signal }))
  await started(coordinator, 2)
  client.abort(gone)
  await expect(answer).rejects.toBe(gone)
  const { generation, members: joined } = await coordinator.join(again(one))
  expect([generation, joined.length]).toEqual([2, 1])
})

it('a member that waits for its assignment is let go, and out when its client has been gone for its session', async () => {
  const coordinator = coordinatorOf()
  const requests = [joining({ sessionTimeoutMs: 60_000 }), joining()]
  const joined = Promise.all(requests.map((request) => coordinator.join(request)))
  await started(coordinator, 2)
  await pass(1)
  const follower = (await joined).find(({ memberId, leaderId }) => memberId !== leaderId)!
  const client = new AbortController()
  const waiting = { groupId: 'billing', ...follower, signal: client.signal }
  const lost = expect(coordinator.sync(waiting)).rejects.toBe(gone)
  await pass(9000)
  client.abort(gone)
  await lost
  await pass(9999)
  expect(await members(coordinator)).toHaveLength(2)
  await pass(1)
  expect(await members(coordinator)).toHaveLength(1)
})

it('nobody joins whose client is gone before', async () => {
  const coordinator = coordinatorOf()
  await expect(coordinator.join(joining({ signal: AbortSignal.abort(gone) }))).rejects.toBe(gone)
  expect(await coordinator.list()).toEqual([])
})
