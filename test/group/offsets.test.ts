import { afterEach, describe, expect, it, vi } from 'vitest'
import { offsetsPartition } from '../../src/group/index.js'
import { coordinatorOf, joining, OffsetDirectory, stable } from '../support/groups.js'
import { codeOf, memoryDirectory } from '../support/logs.js'

const day = 24 * 3600 * 1000

afterEach(() => {
  vi.useRealTimers()
})

const commit = (offset: number, more = {}) => ({
  groupId: 'simple',
  offsets: [{ topic: 'clicks', partition: 0, offset, ...more }],
})

describe('a committed offset', () => {
  it('is given back with its metadata and leader epoch, and -1 where there is none', async () => {
    const coordinator = coordinatorOf()
    await coordinator.commitOffsets(commit(7, { metadata: 'é', leaderEpoch: 3 }))
    await coordinator.commitOffsets({
      groupId: 'simple',
      offsets: [
        { topic: 'clicks', partition: 1, offset: 2 ** 53 - 1 },
        { topic: 'orders', partition: 0, offset: 0, metadata: null },
      ],
    })
    const asked = [
      { topic: 'clicks', partition: 0 },
      { topic: 'clicks', partition: 9 },
    ]
    const first = { topic: 'clicks', partition: 0, offset: 7, leaderEpoch: 3, metadata: 'é' }
    const none = { offset: -1, leaderEpoch: -1, metadata: '' }
    expect(await coordinator.fetchOffsets('simple', asked)).toEqual([
      first,
      { topic: 'clicks', partition: 9, ...none },
    ])
    expect(await coordinator.fetchOffsets('simple')).toEqual([
      first,
      { topic: 'clicks', partition: 1, ...none, offset: 2 ** 53 - 1 },
      { topic: 'orders', partition: 0, ...none, offset: 0 },
    ])
    expect(await coordinator.fetchOffsets('another')).toEqual([])
  })

  it('shows once it is durable, and not before', async () => {
    const logs = new OffsetDirectory(memoryDirectory())
    const coordinator = coordinatorOf({}, logs)
    await coordinator.commitOffsets(commit(1))
    const log = logs.opened.get(offsetsPartition('simple', 4))!
    const committing = coordinator.commitOffsets(commit(2))
    expect((await coordinator.fetchOffsets('simple'))[0]?.offset).toBe(1)
    await committing
    expect(log.durableOffset).toBe(2)
    expect((await coordinator.fetchOffsets('simple'))[0]?.offset).toBe(2)
  })

  it('is the last one of many that are under way at once, whatever their size', async () => {
    const logs = new OffsetDirectory(memoryDirectory(), 4, { maxMessageBytes: 2000 })
    const coordinator = coordinatorOf({}, logs)
    const many = (offset: number, count: number) => ({
      groupId: 'simple',
      offsets: Array.from({ length: count }, (_, partition) => ({ topic: 't', partition, offset })),
    })
    await Promise.all(
      [1, 2, 3, 4].map((offset) => coordinator.commitOffsets(many(offset, 100 / offset))),
    )
    const committed = (await coordinator.fetchOffsets('simple')).map(({ offset }) => offset)
    const expected = Array.from({ length: 100 }, (_, i) =>
      i < 25 ? 4 : i < 33 ? 3 : i < 50 ? 2 : 1,
    )
    expect(committed).toEqual(expected)
  })

  it('is refused alone where its metadata is too long', async () => {
    const coordinator = coordinatorOf({ offsetMetadataMaxBytes: 3 })
    const results = await coordinator.commitOffsets({
      groupId: 'simple',
      offsets: [
        { topic: 'clicks', partition: 0, offset: 1, metadata: 'four' },
        { topic: 'clicks', partition: 1, offset: 1, metadata: 'abc' },
      ],
    })
    expect(results.map(({ error }) => error?.code)).toEqual([
      'ERR_OFFSET_METADATA_TOO_LARGE',
      undefined,
    ])
    expect((await coordinator.fetchOffsets('simple')).map(({ partition }) => partition)).toEqual([
      1,
    ])
  })

  it.each([
    { topic: 'clicks', partition: 0, offset: 2 ** 53 },
    { topic: 'clicks', partition: 0, offset: 1.5 },
    { topic: 'clicks', partition: -1, offset: 1 },
    { topic: undefined as unknown as string, partition: 0, offset: 1 },
    { topic: 'x'.repeat(40_000), partition: 0, offset: 1 },
  ])('is refused where it is none: $partition $offset', async (offset) => {
    const coordinator = coordinatorOf()
    const call = () => coordinator.commitOffsets({ groupId: 'simple', offsets: [offset] })
    expect(await codeOf(call)).toBe('ERR_INVALID_ARGUMENT')
    expect(await coordinator.fetchOffsets('simple')).toEqual([])
  })

  it('is refused by a log that takes no more, and is not shown', async () => {
    const logs = new OffsetDirectory(memoryDirectory())
    const coordinator = coordinatorOf({}, logs)
    await coordinator.commitOffsets(commit(1))
    await logs.opened.get(offsetsPartition('simple', 4))!.close()
    expect(await codeOf(() => coordinator.commitOffsets(commit(2)))).toBe('ERR_CLOSED')
    expect((await coordinator.fetchOffsets('simple'))[0]?.offset).toBe(1)
  })
})

describe('committing from outside of a group', () => {
  it('is refused while it has members, and done once it has none', async () => {
    const coordinator = coordinatorOf()
    const [member] = await stable(coordinator, [joining({ groupId: 'simple' })])
    expect(await codeOf(() => coordinator.commitOffsets(commit(1)))).toBe('ERR_UNKNOWN_MEMBER_ID')
    const { memberId } = member!
    await coordinator.leave({ groupId: 'simple', members: [{ memberId }] })
    await coordinator.commitOffsets(commit(1))
    expect(await coordinator.fetchOffsets('simple')).toHaveLength(1)
  })

  it('with a generation of a group that does not exist is refused', async () => {
    const call = () => coordinatorOf().commitOffsets({ ...commit(1), memberId: 'm', generation: 4 })
    expect(await codeOf(call)).toBe('ERR_ILLEGAL_GENERATION')
  })

  it('makes a group that is listed, without a protocol', async () => {
    const coordinator = coordinatorOf()
    await coordinator.commitOffsets(commit(1))
    expect(await coordinator.list()).toEqual([
      { groupId: 'simple', protocolType: '', state: 'Empty' },
    ])
    expect(await coordinator.list(['Stable'])).toEqual([])
  })
})

it('a member commits in its generation, but not between join and sync', async () => {
  const coordinator = coordinatorOf()
  const { memberId, generation } = await coordinator.join(joining({ groupId: 'simple' }))
  const member = { groupId: 'simple', memberId, generation }
  const request = { ...commit(1), ...member }
  expect(await codeOf(() => coordinator.commitOffsets(request))).toBe('ERR_REBALANCE_IN_PROGRESS')
  await coordinator.sync({ ...member, assignments: [] })
  expect(await coordinator.commitOffsets(request)).toEqual([{ topic: 'clicks', partition: 0 }])
  const another = { ...request, memberId: 'somebody' }
  expect(await codeOf(() => coordinator.commitOffsets(another))).toBe('ERR_UNKNOWN_MEMBER_ID')
})

describe('deleting', () => {
  it('a group takes its offsets along, also those that are only being committed', async () => {
    const coordinator = coordinatorOf()
    await coordinator.commitOffsets(commit(1))
    const committing = coordinator.commitOffsets(commit(2, { partition: 5 }))
    // Both reach the log in this turn, one behind the other.
    await Promise.all([committing, coordinator.delete('simple')])
    expect(await coordinator.fetchOffsets('simple')).toEqual([])
    expect(await codeOf(() => coordinator.describe('simple'))).toBe('ERR_GROUP_ID_NOT_FOUND')
    expect(await codeOf(() => coordinator.delete('simple'))).toBe('ERR_GROUP_ID_NOT_FOUND')
  })

  it('a group that has members is refused', async () => {
    const coordinator = coordinatorOf()
    await stable(coordinator, [joining()])
    expect(await codeOf(() => coordinator.delete('billing'))).toBe('ERR_NON_EMPTY_GROUP')
  })

  it('a topic takes along what is only being committed for it', async () => {
    const coordinator = coordinatorOf()
    await coordinator.load()
    const committing = coordinator.commitOffsets(commit(1))
    await coordinator.forgetTopic('clicks')
    await committing
    expect(await coordinator.fetchOffsets('simple')).toEqual([])
  })

  it('offsets leaves those of topics that members consume', async () => {
    const coordinator = coordinatorOf()
    const [member] = await stable(coordinator, [joining()])
    const partitions = ['clicks', 'orders'].map((topic) => ({ topic, partition: 0 }))
    const { memberId, generation } = member!
    const offsets = partitions.map((place) => ({ ...place, offset: 5 }))
    await coordinator.commitOffsets({ groupId: 'billing', memberId, generation, offsets })
    const results = await coordinator.deleteOffsets('billing', partitions)
    expect(results.map(({ error }) => error?.code)).toEqual([
      'ERR_GROUP_SUBSCRIBED_TO_TOPIC',
      undefined,
    ])
    expect((await coordinator.fetchOffsets('billing')).map(({ topic }) => topic)).toEqual([
      'clicks',
    ])
  })
})

describe('retention', () => {
  const expiring = async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: 100 * day })
    const logs = new OffsetDirectory(memoryDirectory())
    return { coordinator: coordinatorOf({}, logs), logs }
  }

  it('counts from the commit where there never was a member', async () => {
    const { coordinator } = await expiring()
    await coordinator.commitOffsets(commit(1))
    vi.setSystemTime(103 * day)
    await coordinator.commitOffsets(commit(2, { partition: 1 }))
    vi.setSystemTime(107 * day - 1)
    expect(await coordinator.expireOffsets()).toBe(0)
    vi.setSystemTime(107 * day)
    expect(await coordinator.expireOffsets()).toBe(1)
    expect((await coordinator.fetchOffsets('simple')).map(({ partition }) => partition)).toEqual([
      1,
    ])
  })

  it('counts from when the last member left, and takes the group along', async () => {
    const { coordinator, logs } = await expiring()
    const [member] = await stable(coordinator, [joining()])
    const { memberId, generation } = member!
    const offsets = [{ topic: 'clicks', partition: 0, offset: 5 }]
    await coordinator.commitOffsets({ groupId: 'billing', memberId, generation, offsets })
    vi.setSystemTime(150 * day)
    expect(await coordinator.expireOffsets()).toBe(0)
    await coordinator.leave({ groupId: 'billing', members: [{ memberId }] })
    vi.setSystemTime(157 * day - 1)
    expect(await coordinator.expireOffsets()).toBe(0)
    expect(await coordinator.list()).toHaveLength(1)
    vi.setSystemTime(157 * day)
    expect(await coordinator.expireOffsets()).toBe(1)
    expect(await coordinator.list()).toEqual([])
    await coordinator.close()
    await logs.close()
    expect(await coordinatorOf({}, logs).list()).toEqual([])
  })

  it('counts from the commit for topics that members no longer consume', async () => {
    const { coordinator } = await expiring()
    const [member] = await stable(coordinator, [joining()])
    const { memberId, generation } = member!
    const offsets = ['clicks', 'orders'].map((topic) => ({ topic, partition: 0, offset: 5 }))
    await coordinator.commitOffsets({ groupId: 'billing', memberId, generation, offsets })
    vi.setSystemTime(108 * day)
    expect(await coordinator.expireOffsets()).toBe(1)
    expect((await coordinator.fetchOffsets('billing')).map(({ topic }) => topic)).toEqual([
      'clicks',
    ])
  })

  it('is the commit’s own where it has one, also after a restart', async () => {
    const { coordinator, logs } = await expiring()
    await coordinator.commitOffsets({ ...commit(1), retentionMs: day })
    await coordinator.close()
    await logs.close()
    const again = coordinatorOf({}, logs)
    vi.setSystemTime(101 * day - 1)
    expect(await again.fetchOffsets('simple')).toMatchObject([{ offset: 1, metadata: '' }])
    expect(await again.expireOffsets()).toBe(0)
    vi.setSystemTime(101 * day)
    expect(await again.expireOffsets()).toBe(1)
  })

  it('runs by itself', async () => {
    const { coordinator, logs } = await expiring()
    await coordinator.commitOffsets(commit(1))
    const log = logs.opened.get(offsetsPartition('simple', 4))!
    vi.setSystemTime(108 * day)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(log.logEndOffset).toBe(3)
  })
})

it('groups are spread over the partitions by Java’s hash of their names', () => {
  // String.hashCode of each, from Java.
  expect(offsetsPartition('golden-group', 4)).toBe(1)
  expect(offsetsPartition('golden-tx-group', 4)).toBe(2)
  // Its hash is the smallest int32, whose absolute value Kafka takes for 0.
  expect(offsetsPartition('polygenelubricants', 50)).toBe(0)
  expect(offsetsPartition('', 50)).toBe(0)
  expect(offsetsPartition('billing', 50)).toBe(Math.abs(-109829509) % 50)
})
