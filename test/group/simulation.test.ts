import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { DuramenError } from '../../src/errors.js'
import {
  assignMembers,
  assignors,
  consumerProtocol,
  decodeAssignment,
  type GroupCoordinator,
} from '../../src/group/index.js'
import { coordinatorOf, joining, OffsetDirectory, pass, stopTime } from '../support/groups.js'
import { memoryDirectory } from '../support/logs.js'

const partitions = 12
const all = Array.from({ length: partitions }, (_, i) => i)
const groupId = 'billing'
const heartbeatMs = 3000
const backoffMs = 100

function pause(ms: number): Promise<void> {
  return new Promise((resume) => {
    setTimeout(() => resume(), ms)
  })
}

/** What the members of one run share. */
interface World {
  coordinator: GroupCoordinator
  /** Who was given a partition, by generation and partition. */
  readonly given: Map<string, Client>
}

/** A member that does what Kafka's clients do, until it leaves or falls silent. */
class Client {
  isAlive = true
  owned: readonly number[] = []
  generation = -1
  #memberId = ''
  readonly #world: World
  readonly #instance: string | null
  readonly done: Promise<void>

  constructor(world: World, instance: string | null) {
    this.#world = world
    this.#instance = instance
    this.done = this.#run()
  }

  async #run(): Promise<void> {
    while (this.isAlive) {
      try {
        await this.#join()
        for (; this.isAlive; await pause(heartbeatMs)) await this.#stayAlive()
      } catch (error) {
        this.#recover(error)
        await pause(backoffMs)
      }
    }
  }

  async #join(): Promise<void> {
    const memberId = this.#memberId
    const request = joining({ memberId, groupInstanceId: this.#instance })
    const protocols = [consumerProtocol(assignors.get('range')!, ['clicks'])]
    const { coordinator } = this.#world
    const answer = await coordinator.join({ ...request, protocols, requiresMemberId: true })
    if (!this.isAlive) return
    this.#memberId = answer.memberId
    const counts = new Map([['clicks', partitions]])
    const sync = await coordinator.sync({
      ...this.#place(answer.generation),
      assignments: assignMembers(assignors.get('range')!, answer.members, counts),
    })
    if (!this.isAlive) return
    this.generation = answer.generation
    this.#own(decodeAssignment(sync.assignment).partitions.get('clicks') ?? [])
  }

  /** Within a generation no two members are given the same, but for a static one and its successor. */
  #own(given: readonly number[]): void {
    this.owned = given
    for (const partition of given) {
      const key = `${this.generation}/${partition}`
      const other = this.#world.given.get(key) ?? this
      const isSuccessor = this.#instance !== null && this.#instance === other.#instance
      expect(other === this || isSuccessor, key).toBe(true)
      this.#world.given.set(key, this)
    }
  }

  async #stayAlive(): Promise<void> {
    const place = this.#place(this.generation)
    await this.#world.coordinator.heartbeat(place)
    const offsets = this.owned.map((partition) => ({
      ...{ topic: 'clicks', partition, offset: this.generation },
    }))
    if (this.isAlive) await this.#world.coordinator.commitOffsets({ ...place, offsets })
  }

  #place(generation: number) {
    return { groupId, memberId: this.#memberId, generation, groupInstanceId: this.#instance }
  }

  #recover(error: unknown): void {
    if (!(error instanceof DuramenError)) throw error
    const { code, memberId } = error
    if (code === 'ERR_MEMBER_ID_REQUIRED') this.#memberId = memberId!
    else if (code === 'ERR_UNKNOWN_MEMBER_ID') this.#memberId = ''
    else if (code === 'ERR_FENCED_INSTANCE_ID') this.isAlive = false
    else if (code !== 'ERR_REBALANCE_IN_PROGRESS' && code !== 'ERR_COORDINATOR_CLOSED') {
      expect(code).toBe('ERR_ILLEGAL_GENERATION')
    }
  }

  async leave(): Promise<void> {
    this.isAlive = false
    const members = [{ memberId: this.#memberId, groupInstanceId: this.#instance }]
    await this.#world.coordinator.leave({ groupId, members }).catch(() => {})
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('start' as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('silence' as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(20) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), which: fc.nat(8000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), which: fc.nat(1) }) },
)

/** Every fourth member is one of two static ones. */
const instanceOf = (which: number) => (which % 4 === 0 ? `i${which % 8}` : null)

async function run(steps: readonly { do: string; which: number }[]): Promise<void> {
  const logs = new OffsetDirectory(memoryDirectory(), 1, { flush: 'os', segmentBytes: 1 << 16 })
  const world: World = { coordinator: coordinatorOf({}, logs), given: new Map() }
  await world.coordinator.load()
  const clients: Client[] = []
  const alive = () => clients.filter(({ isAlive }) => isAlive)
  for (const { do: what, which } of steps) {
    const chosen = alive()[which % Math.max(alive().length, 1)]
    if (what === 'start') clients.push(new Client(world, instanceOf(which)))
    else if (what === 'silence' && chosen) chosen.isAlive = false
    else if (what === 'leave') await chosen?.leave()
    else if (what === 'pass') await pass(which)
    else if (what === 'restart') await restart(world, logs)
  }
  clients.push(new Client(world, null))
  // The session of the silent ends, the others join again, and then nothing happens any more.
  await pass(100_000)
  const described = await world.coordinator.describe(groupId)
  expect(described.state).toBe('Stable')
  expect(described.members).toHaveLength(alive().length)
  expect(
    alive()
      .flatMap(({ owned }) => owned)
      .sort((a, b) => a - b),
  ).toEqual(all)
  expect(new Set(alive().map(({ generation }) => generation))).toEqual(
    new Set([described.generation]),
  )
  const committed = await world.coordinator.fetchOffsets(groupId)
  expect(committed.map(({ offset }) => offset)).toEqual(all.map(() => described.generation))
  for (const client of clients) client.isAlive = false
  await pass(heartbeatMs)
  await world.coordinator.close()
  await Promise.all(clients.map(({ done }) => done))
  await logs.close()
}

/** The members go on, and find the new coordinator as they would a broker that came back. */
async function restart(world: World, logs: OffsetDirectory): Promise<void> {
  const old = world.coordinator
  await old.close()
  await logs.close()
  world.coordinator = coordinatorOf({}, logs)
  await world.coordinator.load()
}

it('whatever members do, those that stay share all partitions in the end', {
  timeout: 120_000,
}, async () => {
  stopTime()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await run(steps)
      vi.clearAllTimers()
    }),
    { numRuns: Number(process.env.DURAMEN_GROUP_RUNS ?? 40) },
  )
})
