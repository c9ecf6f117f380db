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
  synced,
} from '../support/groups.js'
import { codeOf } from '../support/logs.js'

beforeEach(stopTime)

describe('a member that stops answering', () => {
  it('loses its partitions to the others once its session is over', async () => {
    const coordinator = coordinatorOf()
    const [alive, silent] = (await formed(coordinator)) as [Joined, Joined]
    expect(alive.partitions).toHaveLength(2)
    await pass(9000)
    await coordinator.heartbeat(alive)
    await pass(1000)
    expect(await codeOf(() => coordinator.heartbeat(alive))).toBe('ERR_REBALANCE_IN_PROGRESS')
    const [survivor] = await stable(coordinator, [again(alive)])
    expect(survivor?.partitions).toEqual([0, 1, 2, 3])
    expect(survivor?.generation).toBe(2)
    expect(await codeOf(() => coordinator.heartbeat(silent))).toBe('ERR_UNKNOWN_MEMBER_ID')
  })

  it('stays as long as it sends heartbeats, or commits', async () => {
    const coordinator = coordinatorOf()
    const [one, two] = (await formed(coordinator)) as [Joined, Joined]
    for (let i = 0; i < 5; i++) {
      await pass(9000)
      await coordinator.heartbeat(one)
      await coordinator.commitOffsets({
        ...two,
        offsets: [{ topic: 'clicks', partition: 0, offset: i }],
      })
    }
    expect(await stateOf(coordinator)).toBe('Stable')
    expect((await coordinator.describe('billing')).members).toHaveLength(2)
  })

  it('is dropped from a rebalance that it does not join within the rebalance timeout', async () => {
    const coordinator = coordinatorOf()
    const [fast, slow] = (await formed(coordinator, [
      joining({ rebalanceTimeoutMs: 15_000 }),
      joining({ rebalanceTimeoutMs: 12_000, sessionTimeoutMs: 30_000 }),
    ])) as [Joined, Joined]
    const third = joining()
    const back = again(fast, { rebalanceTimeoutMs: 15_000 })
    const answers = Promise.all([coordinator.join(back), coordinator.join(third)])
    await started(coordinator, 3)
    await pass(14_999)
    expect((await coordinator.describe('billing')).members).toHaveLength(3)
    await pass(1)
    const [first, second] = await synced(coordinator, [back, third], await answers)
    expect([...first!.partitions, ...second!.partitions].sort()).toEqual([0, 1, 2, 3])
    expect(await codeOf(() => coordinator.heartbeat(slow))).toBe('ERR_UNKNOWN_MEMBER_ID')
  })

  it('between join and sync as the leader: the others join again, and one of them leads', async () => {
    const coordinator = coordinatorOf()
    const requests = [joining(), joining()]
    const joined = Promise.all(requests.map((request) => coordinator.join(request)))
    await started(coordinator, 2)
    await pass(1)
    const answers = await joined
    const follower = answers.find(({ memberId, leaderId }) => memberId !== leaderId)!
    const waiting = codeOf(() => coordinator.sync({ groupId: 'billing', ...follower }))
    await pass(10_000)
    expect(await waiting).toBe('ERR_REBALANCE_IN_PROGRESS')
    const [next] = await stable(coordinator, [joining({ memberId: follower.memberId })])
    expect(next).toMatchObject({ leaderId: follower.memberId, partitions: [0, 1, 2, 3] })
  })

  it('between join and sync as a follower: it is dropped when the rebalance timeout is over', async () => {
    const coordinator = coordinatorOf()
    const requests = [
      joining({ rebalanceTimeoutMs: 8000 }),
      joining({ rebalanceTimeoutMs: 8000, sessionTimeoutMs: 60_000 }),
    ]
    const joined = Promise.all(requests.map((request) => coordinator.join(request)))
    await started(coordinator, 2)
    await pass(1)
    const answers = await joined
    const leader = answers.find(({ memberId, leaderId }) => memberId === leaderId)!
    await coordinator.sync({ groupId: 'billing', ...leader, assignments: [] })
    await pass(8000)
    expect(await stateOf(coordinator)).toBe('PreparingRebalance')
    expect((await coordinator.describe('billing')).members).toHaveLength(1)
  })

  it('is waited for at most five minutes where it is new', async () => {
    const coordinator = coordinatorOf()
    const late = joining({ rebalanceTimeoutMs: 1_000_000, sessionTimeoutMs: 900_000 })
    await formed(coordinator, [late])
    const newcomer = codeOf(() => coordinator.join(joining()))
    await started(coordinator, 2)
    await pass(300_000)
    expect(await newcomer).toBe('ERR_UNKNOWN_MEMBER_ID')
  })
})

describe('a member of this process is told at once', () => {
  /** How often each was told. */
  const counting = () => {
    const told = [0, 0]
    const requests = told.map((_, i) => joining({ onChange: () => told[i]!++ }))
    return { told, requests }
  }

  it('that it is to join again', async () => {
    const coordinator = coordinatorOf()
    const { told, requests } = counting()
    const [one] = await formed(coordinator, requests)
    expect(told).toEqual([0, 0])
    const rejoined = coordinator.join({ ...again(one!), onChange: requests[0]!.onChange })
    await vi.waitFor(() => expect(told).toEqual([0, 1]))
    await coordinator.leave({
      groupId: 'billing',
      members: [{ memberId: (await coordinator.describe('billing')).members.at(-1)!.memberId }],
    })
    await rejoined
    expect(told).toEqual([0, 1])
  })

  it('that it is a member no more', async () => {
    const coordinator = coordinatorOf()
    const { told, requests } = counting()
    await formed(coordinator, requests)
    await pass(10_000)
    expect(told).toEqual([1, 1 + 1])
  })

  it('that it was dropped from a rebalance, or a generation, for which it was too slow', async () => {
    const coordinator = coordinatorOf()
    const { told, requests } = counting()
    const slow = { ...requests[1]!, rebalanceTimeoutMs: 7000, sessionTimeoutMs: 60_000 }
    const fast = joining({ rebalanceTimeoutMs: 7000, sessionTimeoutMs: 60_000 })
    const [one] = await formed(coordinator, [fast, slow])
    const rejoined = coordinator.join({ ...fast, memberId: one!.memberId })
    await pass(7000)
    expect((await rejoined).members).toHaveLength(1)
    expect(told).toEqual([0, 2])
    const { generation, memberId } = await rejoined
    await coordinator.sync({ groupId: 'billing', generation, memberId, assignments: [] })
    const late = coordinator.join({ ...slow, rebalanceTimeoutMs: 5000 })
    await started(coordinator, 2)
    const again = await Promise.all([coordinator.join({ ...fast, memberId }), late])
    const leader = { groupId: 'billing', memberId, generation: again[0].generation }
    await coordinator.sync({ ...leader, assignments: [] })
    await pass(7000)
    expect(told).toEqual([0, 3])
  })

  it('that another has taken its place', async () => {
    const coordinator = coordinatorOf()
    const { told, requests } = counting()
    const fixed = { ...requests[0]!, groupInstanceId: 'i' }
    await formed(coordinator, [fixed])
    await coordinator.join({ ...fixed, onChange: requests[1]!.onChange })
    expect(told).toEqual([1, 0])
  })
})
