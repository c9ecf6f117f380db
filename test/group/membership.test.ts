import { beforeEach, describe, expect, it } from 'vitest'
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
import { codeOf, faultOf } from '../support/logs.js'

beforeEach(stopTime)

describe('a group', () => {
  it('forms of members that join together, and gives each partition to one of them', async () => {
    const coordinator = coordinatorOf()
    const members = await formed(coordinator, [joining(), joining(), joining()])
    expect(members.flatMap(({ partitions }) => partitions).sort()).toEqual([0, 1, 2, 3])
    expect(members.map(({ generation }) => generation)).toEqual([1, 1, 1])
    expect(new Set(members.map(({ leaderId }) => leaderId)).size).toBe(1)
    expect(members.filter(({ members: known }) => known.length === 3)).toHaveLength(1)
    expect(members[0]?.memberId).toMatch(/^c-[0-9a-f-]{36}$/)
    expect(await stateOf(coordinator)).toBe('Stable')
  })

  it('asks a new member to join a second time where it is told to, with the id it gives', async () => {
    const coordinator = coordinatorOf()
    const request = joining({ requiresMemberId: true })
    const fault = await faultOf(() => coordinator.join(request))
    expect(fault).toMatchObject({ code: 'ERR_MEMBER_ID_REQUIRED', kafkaCode: 79 })
    const [member] = await formed(coordinator, [{ ...request, memberId: fault!.memberId! }])
    expect(member?.memberId).toBe(fault?.memberId)
  })

  it('waits for a member that has been given an id, and not longer than its session', async () => {
    const coordinator = coordinatorOf()
    const [first] = await formed(coordinator, [joining()])
    await faultOf(() => coordinator.join(joining({ requiresMemberId: true })))
    let isOver = false
    const rejoined = coordinator.join(again(first!)).then(() => {
      isOver = true
    })
    await pass(9_999)
    expect(isOver).toBe(false)
    await pass(1)
    await rejoined
  })

  it('waits for others as long as group.initial.rebalance.delay.ms, once more for each', async () => {
    const coordinator = coordinatorOf({ groupInitialRebalanceDelayMs: 3000 })
    const first = coordinator.join(joining())
    await started(coordinator, 1)
    await pass(2000)
    const second = coordinator.join(joining())
    await started(coordinator, 2)
    await pass(1500)
    const third = coordinator.join(joining())
    await started(coordinator, 3)
    expect(await stateOf(coordinator)).toBe('PreparingRebalance')
    await pass(2500)
    await pass(3000)
    const answers = await Promise.all([first, second, third])
    expect(answers.map(({ generation }) => generation)).toEqual([1, 1, 1])
  })

  it('uses the protocol that most members prefer of those that all know', async () => {
    const coordinator = coordinatorOf()
    const [range, sticky, robin] = ['range', 'sticky', 'roundrobin'].map((name) =>
      subscription(['clicks'], name),
    ) as [
      ReturnType<typeof subscription>,
      ReturnType<typeof subscription>,
      ReturnType<typeof subscription>,
    ]
    const members = await formed(coordinator, [
      joining({ protocols: [robin, range, sticky] }),
      joining({ protocols: [sticky, range] }),
      joining({ protocols: [sticky, range, robin] }),
    ])
    expect(members.map(({ protocolName }) => protocolName)).toEqual(['sticky', 'sticky', 'sticky'])
  })

  it('refuses a member that has nothing in common with it', async () => {
    const coordinator = coordinatorOf()
    await formed(coordinator)
    const sticky = [subscription(['clicks'], 'sticky')]
    for (const more of [{ protocolType: 'connect' }, { protocols: sticky }, { protocols: [] }]) {
      const code = await codeOf(() => coordinator.join(joining(more)))
      expect(code).toBe('ERR_INCONSISTENT_GROUP_PROTOCOL')
    }
    expect(await codeOf(() => coordinator.join(joining({ groupId: 'new', protocols: [] })))).toBe(
      'ERR_INCONSISTENT_GROUP_PROTOCOL',
    )
  })

  it('has no more members than group.max.size', async () => {
    const coordinator = coordinatorOf({ groupMaxSize: 2 })
    const members = await formed(coordinator)
    expect(await codeOf(() => coordinator.join(joining()))).toBe('ERR_GROUP_MAX_SIZE_REACHED')
    const rejoining = Promise.all(members.map((member) => coordinator.join(again(member))))
    expect(await codeOf(() => coordinator.join(joining()))).toBe('ERR_GROUP_MAX_SIZE_REACHED')
    expect((await rejoining).length).toBe(2)
  })

  it('that is full sheds who joins a rebalance last, and does not wait for it', async () => {
    const coordinator = coordinatorOf({ groupMaxSize: 2 })
    const members = await formed(coordinator)
    const leader = members.find(({ memberId, leaderId }) => memberId === leaderId)!
    const late = members.find(({ memberId }) => memberId !== leader.memberId)!
    const joined = Promise.all([coordinator.join(again(leader)), coordinator.join(joining())])
    await started(coordinator, 3)
    expect(await codeOf(() => coordinator.join(again(late)))).toBe('ERR_GROUP_MAX_SIZE_REACHED')
    expect((await joined).map(({ generation }) => generation)).toEqual([2, 2])
    expect((await coordinator.describe('billing')).members).toHaveLength(2)
  })

  it('takes only session timeouts within its bounds, and group ids that are text', async () => {
    const coordinator = coordinatorOf()
    for (const sessionTimeoutMs of [5999, 1_800_001, Number.NaN]) {
      const code = await codeOf(() => coordinator.join(joining({ sessionTimeoutMs })))
      expect(code).toBe('ERR_INVALID_SESSION_TIMEOUT')
    }
    for (const rebalanceTimeoutMs of [-1, 2 ** 31, Number.NaN]) {
      const code = await codeOf(() => coordinator.join(joining({ rebalanceTimeoutMs })))
      expect(code).toBe('ERR_INVALID_ARGUMENT')
    }
    for (const groupId of ['', undefined as unknown as string, 'g'.repeat(32_768)]) {
      expect(await codeOf(() => coordinator.join(joining({ groupId })))).toBe(
        'ERR_INVALID_GROUP_ID',
      )
    }
  })
})

it('texts that older versions of the protocol could not answer with are refused', async () => {
  const coordinator = coordinatorOf()
  const text = 'é'.repeat(16_366)
  for (const name of ['clientId', 'groupInstanceId', 'protocolType']) {
    const request = joining({ [name]: text })
    expect(await codeOf(() => coordinator.join(request))).toBe('ERR_INVALID_ARGUMENT')
  }
  expect(await coordinator.list()).toEqual([])
})

describe('joining', () => {
  it('while a generation completes: its members are asked to join again', async () => {
    const coordinator = coordinatorOf()
    const first = coordinator.join(joining())
    await started(coordinator, 1)
    await pass(1)
    const { memberId, generation } = await first
    const other = coordinator.join(joining())
    await started(coordinator, 2)
    const sync = { groupId: 'billing', memberId, generation }
    expect(await codeOf(() => coordinator.sync(sync))).toBe('ERR_REBALANCE_IN_PROGRESS')
    const rejoined = coordinator.join(joining({ memberId }))
    expect((await Promise.all([rejoined, other])).map((answer) => answer.generation)).toEqual([
      2, 2,
    ])
  })

  it('again with the same subscription gives the current generation, and no rebalance', async () => {
    const coordinator = coordinatorOf()
    const members = await formed(coordinator)
    const follower = members.find(({ memberId, leaderId }) => memberId !== leaderId)!
    expect(await coordinator.join(again(follower))).toMatchObject({ generation: 1, members: [] })
    const [same] = await stable(coordinator, [again(follower)])
    expect(same?.partitions).toEqual(follower.partitions)
  })

  it('again with another subscription begins a rebalance, and so does the leader', async () => {
    const coordinator = coordinatorOf()
    const members = await formed(coordinator)
    const follower = members.find(({ memberId, leaderId }) => memberId !== leaderId)!
    const leader = members.find(({ memberId, leaderId }) => memberId === leaderId)!
    const changed = again(follower, { protocols: [subscription(['orders'])] })
    const [one, two] = await stable(coordinator, [changed, again(leader)])
    expect([one?.generation, two?.generation]).toEqual([2, 2])
    expect(two?.partitions).toEqual([0, 1, 2, 3])
    const three = coordinator.join(again(leader))
    expect(await stateOf(coordinator)).toBe('PreparingRebalance')
    await Promise.all([three, coordinator.join(changed)])
    expect((await coordinator.describe('billing')).generation).toBe(3)
  })

  it('with an id that the group does not know is refused', async () => {
    const coordinator = coordinatorOf()
    const unknown = joining({ memberId: 'c-unknown' })
    expect(await codeOf(() => coordinator.join(unknown))).toBe('ERR_UNKNOWN_MEMBER_ID')
    await formed(coordinator)
    expect(await codeOf(() => coordinator.join(unknown))).toBe('ERR_UNKNOWN_MEMBER_ID')
  })
})

describe('a stale generation', () => {
  it('is refused at sync, heartbeat and commit', async () => {
    const coordinator = coordinatorOf()
    const members = await formed(coordinator)
    const [one] = await stable(
      coordinator,
      members.map((member) =>
        again(member, {
          protocols: [subscription(['clicks', 'orders'])],
        }),
      ),
    )
    expect(one?.generation).toBe(2)
    const stale = { ...members[0]!, generation: 1 }
    const offsets = [{ topic: 'clicks', partition: 0, offset: 5 }]
    expect(await codeOf(() => coordinator.sync(stale))).toBe('ERR_ILLEGAL_GENERATION')
    expect(await codeOf(() => coordinator.heartbeat(stale))).toBe('ERR_ILLEGAL_GENERATION')
    expect(await codeOf(() => coordinator.commitOffsets({ ...stale, offsets }))).toBe(
      'ERR_ILLEGAL_GENERATION',
    )
    expect(await coordinator.fetchOffsets('billing')).toEqual([])
  })
})

describe('leaving', () => {
  it('gives the partitions to who stays, and an empty group keeps its generation', async () => {
    const coordinator = coordinatorOf()
    const [one, two] = (await formed(coordinator)) as [Joined, Joined]
    await coordinator.leave({ groupId: 'billing', members: [{ memberId: one.memberId }] })
    const [rest] = await stable(coordinator, [again(two)])
    expect(rest?.partitions).toEqual([0, 1, 2, 3])
    await coordinator.leave({ groupId: 'billing', members: [{ memberId: two.memberId }] })
    expect(await coordinator.describe('billing')).toMatchObject({
      state: 'Empty',
      generation: 3,
      members: [],
    })
  })

  it('of several, with a result for each', async () => {
    const coordinator = coordinatorOf()
    const [one, fixed] = (await formed(coordinator, [
      joining(),
      joining({ groupInstanceId: 'i' }),
    ])) as [Joined, Joined]
    const members = [
      { memberId: one.memberId },
      { groupInstanceId: 'i' },
      { memberId: 'nobody' },
      { groupInstanceId: 'none' },
    ]
    const results = await coordinator.leave({ groupId: 'billing', members })
    expect(results.map(({ error }) => error?.code)).toEqual([
      undefined,
      undefined,
      'ERR_UNKNOWN_MEMBER_ID',
      'ERR_UNKNOWN_MEMBER_ID',
    ])
    expect(fixed.groupInstanceId).toBe('i')
    expect(await stateOf(coordinator)).toBe('Empty')
  })

  it('while it waits to join: the call ends, and the others do not wait for it', async () => {
    const coordinator = coordinatorOf()
    const [one] = (await formed(coordinator, [joining()])) as [Joined]
    const { memberId } = (await faultOf(() =>
      coordinator.join(joining({ requiresMemberId: true })),
    ))!
    const waiting = codeOf(() => coordinator.join(joining({ memberId })))
    await started(coordinator, 2)
    await coordinator.leave({ groupId: 'billing', members: [{ memberId }] })
    expect(await waiting).toBe('ERR_UNKNOWN_MEMBER_ID')
    expect(await coordinator.join(again(one))).toMatchObject({ generation: 2 })
  })
})
