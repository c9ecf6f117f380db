import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  again,
  coordinatorOf,
  formed,
  type Joined,
  joining,
  pass,
  stable,
  started,
  stateOf,
  stopTime,
  subscription,
} from '../support/groups.js'
import { codeOf } from '../support/logs.js'

beforeEach(stopTime)

describe('two members with one static id', () => {
  it('the later takes the place and the partitions, and the earlier is fenced', async () => {
    const coordinator = coordinatorOf()
    const fixed = joining({ groupInstanceId: 'host-1' })
    const [old, other] = (await formed(coordinator, [fixed, joining()])) as [Joined, Joined]
    const [next] = await stable(coordinator, [fixed])
    expect(next?.memberId).toMatch(/^host-1-/)
    expect(next?.memberId).not.toBe(old.memberId)
    expect([next?.generation, next?.partitions]).toEqual([1, old.partitions])
    const stale = { ...old, groupInstanceId: 'host-1' }
    const offsets = [{ topic: 'clicks', partition: 0, offset: 5 }]
    for (const call of [
      () => coordinator.heartbeat(stale),
      () => coordinator.sync(stale),
      () => coordinator.commitOffsets({ ...stale, offsets }),
      () => coordinator.join({ ...fixed, memberId: old.memberId }),
    ]) {
      expect(await codeOf(call)).toBe('ERR_FENCED_INSTANCE_ID')
    }
    await coordinator.heartbeat({ ...next!, groupInstanceId: 'host-1' })
    await coordinator.heartbeat(other)
  })

  it('a returning leader is told to send no assignment, or that it does not lead', async () => {
    const coordinator = coordinatorOf()
    const fixed = joining({ groupInstanceId: 'host-1' })
    const [old] = (await formed(coordinator, [fixed])) as [Joined]
    const next = await coordinator.join(fixed)
    expect(next).toMatchObject({ skipAssignment: true, leaderId: next.memberId })
    expect(next.members).toHaveLength(1)
    const third = await coordinator.join({ ...fixed, understandsSkipAssignment: false })
    expect(third).toMatchObject({ skipAssignment: false, leaderId: next.memberId, members: [] })
    expect(third.memberId).not.toBe(old.memberId)
  })

  it('the earlier one that waits for its generation is refused at once', async () => {
    const coordinator = coordinatorOf()
    const fixed = joining({ groupInstanceId: 'host-1' })
    const earlier = codeOf(() => coordinator.join(fixed))
    await started(coordinator, 1)
    const later = coordinator.join(fixed)
    expect(await earlier).toBe('ERR_FENCED_INSTANCE_ID')
    await pass(1)
    expect((await later).generation).toBe(1)
  })

  it('begins a rebalance where it brings protocols that change the choice', async () => {
    const coordinator = coordinatorOf()
    const both = [subscription(['clicks'], 'range'), subscription(['clicks'], 'sticky')]
    const fixed = joining({ groupInstanceId: 'host-1', protocols: both })
    const [, other] = await formed(coordinator, [fixed, joining({ protocols: both })])
    const returned = coordinator.join({ ...fixed, protocols: both.slice(1) })
    await vi.waitFor(async () => expect(await stateOf(coordinator)).toBe('PreparingRebalance'))
    const rejoined = await coordinator.join(again(other!, { protocols: both }))
    expect([rejoined.protocolName, (await returned).generation]).toEqual(['sticky', 2])
  })

  it('the later one of two that wait may wait for as long as the rebalance takes', async () => {
    const coordinator = coordinatorOf()
    const long = { rebalanceTimeoutMs: 900_000, sessionTimeoutMs: 900_000 }
    await formed(coordinator, [joining(long)])
    const fixed = joining({ groupInstanceId: 'i', rebalanceTimeoutMs: 900_000 })
    const earlier = codeOf(() => coordinator.join(fixed))
    await started(coordinator, 2)
    const later = coordinator.join(fixed)
    expect(await earlier).toBe('ERR_FENCED_INSTANCE_ID')
    await pass(900_000)
    expect((await later).generation).toBe(2)
  })

  it('keeps its place over a rebalance that it misses, until its session ends', async () => {
    const coordinator = coordinatorOf()
    const fixed = joining({
      groupInstanceId: 'i',
      sessionTimeoutMs: 100_000,
      rebalanceTimeoutMs: 7000,
    })
    const [, other] = (await formed(coordinator, [
      fixed,
      joining({ rebalanceTimeoutMs: 7000 }),
    ])) as [Joined, Joined]
    await coordinator.leave({ groupId: 'billing', members: [{ memberId: other.memberId }] })
    const newcomer = coordinator.join(joining({ rebalanceTimeoutMs: 7000 }))
    await started(coordinator, 2)
    await pass(7000)
    expect((await newcomer).members.map(({ groupInstanceId }) => groupInstanceId)).toEqual([
      'i',
      null,
    ])
  })
})
