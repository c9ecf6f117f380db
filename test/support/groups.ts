import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import {
  assignMembers,
  assignors,
  consumerProtocol,
  decodeAssignment,
  GroupCoordinator,
  type GroupOptions,
  type GroupState,
  type JoinAnswer,
  type JoinRequest,
  type OffsetLogs,
} from '../../src/group/index.js'
import { PartitionLog, type PartitionLogOptions } from '../../src/log/index.js'
import { memoryDirectory } from './logs.js'

/** The partitions of `__consumer_offsets` in a directory, opened as they are asked for. */
export class OffsetDirectory implements OffsetLogs {
  readonly partitions: number
  readonly opened = new Map<number, PartitionLog>()
  readonly #directory: string
  readonly #options: PartitionLogOptions

  constructor(directory: string, partitions = 4, options: PartitionLogOptions = {}) {
    this.#directory = directory
    this.partitions = partitions
    this.#options = { segmentBytes: 1 << 20, ...options }
    onTestFinished(() => this.close())
  }

  async open(partition: number): Promise<PartitionLog> {
    const path = join(this.#directory, `__consumer_offsets-${partition}`)
    const log = await PartitionLog.open(path, this.#options)
    this.opened.set(partition, log)
    return log
  }

  async close(): Promise<void> {
    for (const log of this.opened.values()) await log.close()
    this.opened.clear()
  }
}

/** A coordinator over logs in memory, unless a directory is given; closed when the test has finished. */
export function coordinatorOf(
  options: Partial<GroupOptions> = {},
  logs: OffsetLogs = new OffsetDirectory(memoryDirectory()),
): GroupCoordinator {
  const coordinator = new GroupCoordinator(logs, options)
  onTestFinished(() => coordinator.close())
  return coordinator
}

/** A member that subscribes to `clicks`, and says only what a test cares for. */
export function joining(more: Partial<JoinRequest> = {}): JoinRequest {
  return {
    groupId: 'billing',
    clientId: 'c',
    clientHost: '/127.0.0.1',
    protocolType: 'consumer',
    protocols: [subscription()],
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    ...more,
  }
}

export function subscription(topics = ['clicks'], assignor = 'range') {
  return consumerProtocol(assignors.get(assignor)!, topics)
}

/** Members join together and get their assignments; partitions of `clicks` by member. */
export async function stable(
  coordinator: GroupCoordinator,
  requests: readonly JoinRequest[],
  partitions = 4,
): Promise<Joined[]> {
  const answers = await Promise.all(requests.map((request) => coordinator.join(request)))
  return synced(coordinator, requests, answers, partitions)
}

export interface Joined extends JoinAnswer {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly partitions: readonly number[]
}

/** What members get that have joined. */
export function synced(
  coordinator: GroupCoordinator,
  requests: readonly JoinRequest[],
  answers: readonly JoinAnswer[],
  partitions = 4,
): Promise<Joined[]> {
  return Promise.all(
    answers.map(async (answer, i) => {
      const { groupId, groupInstanceId = null } = requests[i]!
      const assignor = assignors.get(answer.protocolName)!
      const assignments = assignMembers(assignor, answer.members, new Map([['clicks', partitions]]))
      const { assignment } = await coordinator.sync({
        ...{ groupId, groupInstanceId, assignments },
        memberId: answer.memberId,
        generation: answer.generation,
      })
      const assigned = decodeAssignment(assignment).partitions.get('clicks') ?? []
      return { ...answer, groupId, groupInstanceId, partitions: assigned }
    }),
  )
}

/** The same member, as it joins again. */
export function again(member: Joined, more: Partial<JoinRequest> = {}): JoinRequest {
  const { groupId, memberId, groupInstanceId } = member
  return joining({ groupId, memberId, groupInstanceId, ...more })
}

const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] as const

/** The coordinator's time stands still until the test has finished; the logs go on. */
export function stopTime(): void {
  vi.useFakeTimers({ toFake: [...timers] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Lets a group form while time stands still: its first delay takes a turn of the timers. */
export async function formed(
  coordinator: GroupCoordinator,
  requests = [joining(), joining()],
): Promise<Joined[]> {
  const answers = stable(coordinator, requests)
  await started(coordinator, requests.length)
  await pass(1)
  return answers
}

/** Resolves when so many members are in the group. */
export async function started(coordinator: GroupCoordinator, count: number): Promise<void> {
  await vi.waitFor(async () => {
    expect((await coordinator.describe('billing')).members).toHaveLength(count)
  })
}

export async function stateOf(coordinator: GroupCoordinator): Promise<GroupState> {
  return (await coordinator.describe('billing')).state
}
