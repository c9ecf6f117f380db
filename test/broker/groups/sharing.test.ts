import { setImmediate } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { apis } from '../../../src/protocol/index.js'
import { startBroker } from '../../support/brokers.js'
import { openEngine } from '../../support/engines.js'
import { clientOf, WireClient } from '../../support/wire-client.js'
import { heartbeat, join, joining, sync, WireMember } from '../../support/wire-groups.js'

it('a consumer of the process and a client on the wire share a group', async () => {
  const engine = await openEngine()
  await engine.createTopic('clicks', { partitions: 4 })
  const consumer = engine.consumer({ groupId: 'billing' })
  consumer.subscribe(['clicks'])
  const polling = new AbortController()
  const loop = (async () => {
    while (!polling.signal.aborted) await consumer.poll(5)
  })()
  await vi.waitFor(() => expect(consumer.assignment).toHaveLength(4))
  const member = new WireMember(await clientOf(engine))
  await member.settle()
  expect(member.partitions).toHaveLength(2)
  await vi.waitFor(() => expect(consumer.assignment).toHaveLength(2))
  const own = consumer.assignment.map(({ partition }) => partition)
  expect([...own, ...member.partitions].sort()).toEqual([0, 1, 2, 3])
  // And back: who leaves, on either side, leaves its partitions to the other.
  await member.client.ask(apis.leaveGroup, {
    groupId: 'billing',
    members: [{ memberId: member.joined!.memberId }],
  })
  await vi.waitFor(() => expect(consumer.assignment).toHaveLength(4))
  const second = new WireMember(await clientOf(engine))
  await second.settle()
  polling.abort()
  await loop
  await consumer.close()
  await second.settle()
  expect(second.partitions).toEqual([0, 1, 2, 3])
})

it('a hundred members that join at once share the partitions, each with an id of its own', async () => {
  const engine = await openEngine()
  const [{ port }] = (await startBroker({}, engine)).endpoints
  const members = await Promise.all(
    Array.from({ length: 100 }, async () => new WireMember(await WireClient.connect(port))),
  )
  await Promise.all(members.map((member) => member.settle(200)))
  // Those who were first have joined again for those who came last.
  const generations = () => new Set(members.map(({ joined }) => joined?.generationId))
  while (generations().size > 1) await Promise.all(members.map((member) => member.settle(200)))
  expect(new Set(members.map(({ joined }) => joined?.memberId)).size).toBe(100)
  const all = members.flatMap(({ partitions }) => partitions).sort((a, b) => a - b)
  expect(all).toEqual(Array.from({ length: 200 }, (_, i) => i))
})

/** Two members; then one joins again on its connection, which starts a rebalance that waits for the other. */
async function waiting(version?: number) {
  const engine = await openEngine()
  const [one, two] = [await clientOf(engine), await clientOf(engine)]
  const first = await join(one)
  await sync(one, first)
  const answer = join(two, {}, version)
  // Who dies gets none.
  answer.catch(() => {})
  const { groupId } = joining()
  const describe = async () => (await engine.groups()).describe(groupId)
  await vi.waitFor(async () => expect((await describe()).members).toHaveLength(2))
  return { engine, one, two, first, answer, describe }
}

it('a client that dies while it waits for a generation is out where it knew no id', async () => {
  const { one, two, first, describe } = await waiting(3)
  await two.die()
  await vi.waitFor(async () => expect((await describe()).members).toHaveLength(1))
  expect(await heartbeat(one, first)).toBe(27)
  const { generationId, members } = await join(one, { memberId: first.memberId })
  expect([generationId, members.length]).toEqual([2, 1])
})

it('and has its session to come back where it did', async () => {
  const { engine, one, two, first, describe } = await waiting()
  const { members } = await describe()
  const { memberId } = members.find((member) => member.memberId !== first.memberId)!
  await two.die()
  await setImmediate()
  const back = await clientOf(engine)
  const again = join(back, { memberId })
  const led = await join(one, { memberId: first.memberId })
  const [synced] = await Promise.all([sync(one, led), again.then((joined) => sync(back, joined))])
  expect(led.members.map((member) => member.memberId)).toContain(memberId)
  expect(synced.partitions).toHaveLength(2)
})

it('a member may leave on the connection on which it waits to join', async () => {
  const { two, one, first, answer, describe } = await waiting()
  const { memberId } = (await describe()).members.at(-1)!
  const left = two.ask(apis.leaveGroup, { groupId: 'billing', members: [{ memberId }] })
  expect(await answer).toMatchObject({ errorCode: 25 })
  expect(await left).toMatchObject({ errorCode: 0, members: [{ memberId, errorCode: 0 }] })
  expect((await join(one, { memberId: first.memberId })).members).toHaveLength(1)
})
