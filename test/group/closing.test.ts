import { expect, it, vi } from 'vitest'
import { DuramenError } from '../../src/errors.js'
import { coordinatorOf, joining, OffsetDirectory } from '../support/groups.js'
import { codeOf, memoryDirectory } from '../support/logs.js'

it('a closed coordinator refuses whoever waits, and whoever comes', async () => {
  const coordinator = coordinatorOf({ groupInitialRebalanceDelayMs: 60_000 })
  await coordinator.fetchOffsets('billing')
  const waiting = coordinator.join(joining()).catch((error) => error)
  await vi.waitFor(() => coordinator.describe('billing'))
  await coordinator.close()
  const fault = await waiting
  expect(fault).toBeInstanceOf(DuramenError)
  expect(fault.code).toBe('ERR_COORDINATOR_CLOSED')
  for (const call of [
    () => coordinator.fetchOffsets('billing'),
    () => coordinator.join(joining()),
    () => coordinator.list(),
    () => coordinator.load(),
  ]) {
    expect(await codeOf(call)).toBe('ERR_COORDINATOR_CLOSED')
  }
})

it('a coordinator that is closed while it loads opens no further log', async () => {
  const logs = new OffsetDirectory(memoryDirectory(), 50)
  let closed: Promise<void> | undefined
  const open = (partition: number) => {
    if (partition === 2) closed = coordinator.close()
    return logs.open(partition)
  }
  const coordinator = coordinatorOf({}, { partitions: 50, open })
  expect(await codeOf(() => coordinator.load())).toBe('ERR_COORDINATOR_CLOSED')
  await closed
  expect([...logs.opened.keys()]).toEqual([0, 1, 2])
})

it('calls that wait for a partition when the coordinator is closed are refused, and hang no more', async () => {
  const coordinator = coordinatorOf()
  const calls = [
    codeOf(() => coordinator.join(joining())),
    codeOf(() => coordinator.commitOffsets({ groupId: 'g', offsets: [] })),
    codeOf(() => coordinator.describe('billing')),
  ]
  await coordinator.close()
  expect(await Promise.all(calls)).toEqual(calls.map(() => 'ERR_COORDINATOR_CLOSED'))
})
