import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { GroupCoordinator } from '../../src/group/index.js'
import { unpackGolden } from '../support/golden.js'
import {
  again,
  coordinatorOf,
  joining,
  OffsetDirectory,
  stable,
  subscription,
} from '../support/groups.js'
import { codeOf, memoryDirectory, temporaryDirectory } from '../support/logs.js'

afterEach(() => {
  vi.useRealTimers()
})

/** A coordinator, and another one over the same files after the first is gone. */
function restarting(directory = memoryDirectory(), partitions = 4) {
  const logs = new OffsetDirectory(directory, partitions)
  let coordinator = coordinatorOf({}, logs)
  const restart = async (): Promise<GroupCoordinator> => {
    await coordinator.close()
    await logs.close()
    coordinator = coordinatorOf({}, logs)
    return coordinator
  }
  return { coordinator, restart }
}

const offsets = [{ topic: 'clicks', partition: 3, offset: 7, metadata: 'm', leaderEpoch: 2 }]

describe('after a restart', () => {
  it('members on the wire go on in their generation, with what was assigned and committed', async () => {
    const { coordinator, restart } = restarting()
    const fixed = joining({ groupInstanceId: 'i', clientId: 'client' })
    const members = await stable(coordinator, [joining(), fixed])
    const [one, two] = members.map(({ memberId, generation, groupInstanceId }) => ({
      ...{ groupId: 'billing', memberId, generation, groupInstanceId },
    }))
    await coordinator.commitOffsets({ ...one!, offsets })
    const before = await coordinator.describe('billing')
    const next = await restart()
    expect(await next.describe('billing')).toEqual(before)
    expect(await next.fetchOffsets('billing')).toEqual(offsets)
    await next.heartbeat(one!)
    await next.commitOffsets({ ...two!, offsets: [{ ...offsets[0]!, offset: 8 }] })
    expect((await next.sync(two!)).assignment).toEqual(
      before.members.find(({ groupInstanceId }) => groupInstanceId === 'i')?.assignment,
    )
    const newcomer = next.join(joining())
    await vi.waitFor(async () => {
      expect((await next.describe('billing')).members).toHaveLength(3)
    })
    const rejoined = await stable(
      next,
      members.map((member) => again(member)),
    )
    expect([rejoined[0]?.generation, (await newcomer).generation]).toEqual([2, 2])
  })

  it('members on the wire that are not heard of are dropped when their session ends', async () => {
    const { coordinator, restart } = restarting()
    await stable(coordinator, [joining(), joining()])
    const next = await restart()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    await next.load()
    await vi.advanceTimersByTimeAsync(9_999)
    expect((await next.describe('billing')).members).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect((await next.describe('billing')).state).toBe('Empty')
  })

  it('nobody waits for members that were part of the process which is gone', async () => {
    const { coordinator, restart } = restarting()
    const inProcess = joining({ clientHost: undefined })
    const members = await stable(coordinator, [inProcess, inProcess])
    const { memberId, generation } = members[0]!
    await coordinator.commitOffsets({ groupId: 'billing', memberId, generation, offsets })
    const next = await restart()
    expect(await next.describe('billing')).toMatchObject({ state: 'Empty', generation: 2 })
    expect(await next.fetchOffsets('billing')).toEqual(offsets)
    const [member] = await stable(next, [inProcess])
    expect(member).toMatchObject({ generation: 3, partitions: [0, 1, 2, 3] })
    // Their offsets count from when they were gone, not from when the group was last rebalanced.
    const third = await restart()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8 * 24 * 3600 * 1000 })
    await third.load()
    expect(await third.expireOffsets()).toBe(0)
  })

  it('a static member of this process has its place still', async () => {
    const { coordinator, restart } = restarting()
    const inProcess = joining({ clientHost: undefined })
    const fixed = { ...inProcess, groupInstanceId: 'i' }
    const [before] = await stable(coordinator, [fixed])
    const next = await restart()
    const [member] = await stable(next, [fixed])
    expect(member).toMatchObject({ generation: 1, partitions: before?.partitions })
  })

  it('a group whose members name more topics than a batch could hold is there', async () => {
    const { coordinator, restart } = restarting()
    const topics = Array.from({ length: 1000 }, (_, i) => `a-topic-with-a-long-name-${i}`)
    const protocols = [subscription(topics)]
    await stable(
      coordinator,
      Array.from({ length: 60 }, () => joining({ protocols })),
    )
    const { members } = await (await restart()).describe('billing')
    expect(members).toHaveLength(60)
    const { metadata } = protocols[0]!
    expect(members.filter((member) => member.metadata.equals(metadata))).toHaveLength(60)
  })

  it('every group has its own offsets, and every topic', async () => {
    const { coordinator, restart } = restarting(memoryDirectory(), 1)
    const placed = ['aa', 'ab', 'ba'].flatMap((groupId) =>
      ['x', 'y'].map((topic) => ({ groupId, topic })),
    )
    for (const [i, { groupId, topic }] of placed.entries()) {
      await coordinator.commitOffsets({ groupId, offsets: [{ topic, partition: 0, offset: i }] })
    }
    const next = await restart()
    for (const [i, { groupId, topic }] of placed.entries()) {
      const [found] = await next.fetchOffsets(groupId, [{ topic, partition: 0 }])
      expect(found?.offset, `${groupId} ${topic}`).toBe(i)
    }
  })

  it('what was deleted stays deleted', async () => {
    const { coordinator, restart } = restarting()
    for (const groupId of ['kept', 'gone']) await coordinator.commitOffsets({ groupId, offsets })
    await coordinator.delete('gone')
    await coordinator.deleteOffsets('kept', offsets)
    const next = await restart()
    expect(await next.fetchOffsets('gone')).toEqual([])
    expect(await next.fetchOffsets('kept')).toEqual([])
    expect(await codeOf(() => next.describe('gone'))).toBe('ERR_GROUP_ID_NOT_FOUND')
  })
})

it.each(['clean', 'unclean'] as const)('what Kafka has stored is read: %s', async (which) => {
  const directory = memoryDirectory()
  unpackGolden(which, directory)
  const coordinator = coordinatorOf({}, new OffsetDirectory(directory))
  expect((await coordinator.load()).map(({ records, skipped }) => [records, skipped])).toEqual([
    [0, []],
    [5, []],
    [2, []],
    [0, []],
  ])
  expect(await coordinator.list()).toEqual([
    { groupId: 'golden-group', protocolType: 'consumer', state: 'Empty' },
    { groupId: 'golden-tx-group', protocolType: '', state: 'Empty' },
  ])
  expect(await coordinator.fetchOffsets('golden-group')).toEqual([
    { topic: 'codec-zstd', partition: 0, offset: 300, leaderEpoch: -1, metadata: '' },
    { topic: 'codec-none', partition: 0, offset: 123, leaderEpoch: 0, metadata: 'meta é' },
  ])
  expect(await coordinator.fetchOffsets('golden-tx-group')).toEqual([
    { topic: 'codec-none', partition: 0, offset: 42, leaderEpoch: -1, metadata: 'tx-offset' },
  ])
})

const program = join(import.meta.dirname, 'committing-member.mjs')

/** Runs a member until it has acknowledged so many commits; the largest offset of each partition. */
async function commitAndKill(directory: string, flush: string, after: number) {
  const child = spawn(process.execPath, [program, directory, flush], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged = new Map<number, number>()
  let count = 0
  for await (const line of createInterface({ input: child.stdout })) {
    // The kill may cut the last line short.
    const match = /^(\d+) (\d+);$/.exec(line)
    if (match === null) continue
    const [partition, offset] = [Number(match[1]), Number(match[2])]
    acknowledged.set(partition, Math.max(offset, acknowledged.get(partition) ?? 0))
    if (++count === after) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  return acknowledged
}

it.each(['sync', 'os'])(
  'killed in the middle, no acknowledged commit is lost: flush %s',
  async (flush) => {
    const directory = temporaryDirectory()
    const expected = new Map<number, number>()
    for (const after of [1, 40, 700, 1500]) {
      const acknowledged = await commitAndKill(directory, flush, after)
      for (const [partition, offset] of acknowledged) expected.set(partition, offset)
      const logs = new OffsetDirectory(directory, 4, { segmentBytes: 65_536 })
      const coordinator = coordinatorOf({}, logs)
      const found = await coordinator.fetchOffsets('killed')
      const committed = new Map(found.map(({ partition, offset }) => [partition, offset]))
      for (const [partition, offset] of expected) {
        // A commit that was not acknowledged may be there as well.
        expect(committed.get(partition), `${partition}`).toBeGreaterThanOrEqual(offset)
      }
      for (const { offset, metadata } of found) expect(metadata).toBe(`${offset}`)
      expect((await coordinator.describe('killed')).state).toBe('Empty')
      await coordinator.close()
      await logs.close()
    }
  },
)
