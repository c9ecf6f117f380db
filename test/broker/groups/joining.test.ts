import { expect, it } from 'vitest'
import { apis } from '../../../src/protocol/index.js'
import { openEngine } from '../../support/engines.js'
import { clientOf } from '../../support/wire-client.js'
import { heartbeat, join, joining, sync } from '../../support/wire-groups.js'

it('a lone member is given everything in every version', async () => {
  const client = await clientOf(await openEngine())
  for (let version = 0; version <= 9; version++) {
    const groupId = `v${version}`
    const joined = await join(client, { groupId }, version)
    const { memberId } = joined
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, leader: memberId })
    expect(joined.protocolType).toBe(version < 7 ? null : 'consumer')
    expect(joined).toMatchObject({ protocolName: 'range', members: [{ memberId }] })
    const synced = await sync(client, { ...joined, protocolType: 'consumer' }, 4, { groupId })
    expect(synced).toMatchObject({ errorCode: 0, protocolType: 'consumer', protocolName: 'range' })
    expect(synced.partitions).toEqual([0, 1, 2, 3])
  }
})

it('the member id of version 4 on comes with error 79, and is the client’s with a UUID', async () => {
  const client = await clientOf(await openEngine())
  const refused = await client.ask(apis.joinGroup, joining(), 4)
  expect(refused).toMatchObject({ errorCode: 79, generationId: -1, members: [] })
  expect(refused.memberId).toMatch(/^test-[0-9a-f-]{36}$/)
  const joined = await client.ask(apis.joinGroup, joining({ memberId: refused.memberId }), 4)
  expect(joined).toMatchObject({ errorCode: 0, memberId: refused.memberId })
  const old = await client.ask(apis.joinGroup, joining({ groupId: 'old' }), 3)
  expect(old).toMatchObject({ errorCode: 0, generationId: 1 })
})

it('of a request only what is needed is kept', async () => {
  const engine = await openEngine()
  const client = await clientOf(engine)
  const large = Buffer.alloc(2 ** 20)
  const { protocols } = joining()
  const joined = await join(client, { protocols: [...protocols, { name: 'x', metadata: large }] })
  const { memberId, generationId } = joined
  const assignments = [
    { memberId, assignment: Buffer.from('all') },
    { memberId: 'nobody', assignment: large },
  ]
  await client.ask(apis.syncGroup, { groupId: 'billing', memberId, generationId, assignments }, 4)
  const { members } = await (await engine.groups()).describe('billing')
  const [{ metadata, assignment }] = members
  expect(metadata).toEqual(protocols[0].metadata)
  expect(assignment.toString()).toBe('all')
  // A view of what came would keep all of it in memory.
  for (const { buffer } of [metadata, assignment]) expect(buffer.byteLength).toBeLessThan(2 ** 20)
})

it.each<[string, Parameters<typeof joining>[0], number]>([
  ['the empty group id', { groupId: '' }, 24],
  ['a session timeout below the bounds', { sessionTimeoutMs: 1 }, 26],
  ['a session timeout above the bounds', { sessionTimeoutMs: 1_800_001 }, 26],
  ['a negative rebalance timeout', { rebalanceTimeoutMs: -1 }, 42],
  ['no protocols', { protocols: [] }, 23],
  ['no protocol type', { protocolType: '' }, 23],
  ['a member id that nobody was given', { memberId: 'x' }, 25],
])('%s is refused', async (_what, more, code) => {
  const client = await clientOf(await openEngine())
  const refused = await client.ask(apis.joinGroup, joining(more))
  expect(refused).toMatchObject({ errorCode: code, members: [], generationId: -1 })
})

it('other protocols than the members’ are refused, and so is a member too many', async () => {
  const groups = { groupMaxSize: 1, offsetsTopicNumPartitions: 1 }
  const client = await clientOf(await openEngine(undefined, { groups }))
  await join(client)
  expect((await join(client)).errorCode).toBe(81)
  const roomy = await clientOf(await openEngine())
  await join(roomy)
  const [{ metadata }] = joining().protocols
  expect((await join(roomy, { protocols: [{ name: 'other', metadata }] })).errorCode).toBe(23)
  expect((await join(roomy, { protocolType: 'connect' })).errorCode).toBe(23)
})

it('SyncGroup checks member, generation and, as of version 5, the protocol', async () => {
  const client = await clientOf(await openEngine())
  const joined = await join(client)
  const ask = async (more: Parameters<typeof sync>[3]) =>
    (await sync(client, joined, 4, more)).errorCode
  expect(await ask({ memberId: 'x' })).toBe(25)
  expect(await ask({ groupId: 'none' })).toBe(25)
  expect(await ask({ groupId: '' })).toBe(24)
  expect(await ask({ generationId: 2 })).toBe(22)
  expect(await ask({ protocolName: 'roundrobin' })).toBe(23)
  expect(await ask({ protocolType: 'connect' })).toBe(23)
  expect(await ask({ protocolName: null })).toBe(23)
  expect(await ask({})).toBe(0)
  // What versions before 5 do not say is not checked.
  const { memberId, generationId } = joined
  for (const version of [0, 1, 3, 4]) {
    const asked = { groupId: 'billing', memberId, generationId, assignments: [] }
    const { errorCode, assignment } = await client.ask(apis.syncGroup, asked, version)
    expect([errorCode, assignment.length]).toEqual([0, expect.any(Number)])
    expect(assignment.length).toBeGreaterThan(0)
  }
})

it('heartbeats say whether the member is one, in every version', async () => {
  const client = await clientOf(await openEngine())
  const joined = await join(client)
  await sync(client, joined)
  for (let version = 0; version <= 4; version++) {
    expect(await heartbeat(client, joined, version)).toBe(0)
    expect(await heartbeat(client, { ...joined, generationId: 7 }, version)).toBe(22)
    expect(await heartbeat(client, { ...joined, memberId: 'x' }, version)).toBe(25)
  }
})

it('a static member that comes back has its place, and its predecessor is fenced', async () => {
  const engine = await openEngine()
  const client = await clientOf(engine)
  const groupInstanceId = 'till-1'
  const first = await join(client, { groupInstanceId })
  expect(first.memberId).toMatch(/^till-1-/)
  await sync(client, first, 4, { groupInstanceId })
  const next = await clientOf(engine)
  const second = await join(next, { groupInstanceId })
  expect(second).toMatchObject({ errorCode: 0, generationId: 1, skipAssignment: true })
  expect(second.members).toMatchObject([{ memberId: second.memberId, groupInstanceId }])
  expect((await sync(next, second, 4, { groupInstanceId })).partitions).toEqual([0, 1, 2, 3])
  const beat = { groupId: 'billing', generationId: 1, memberId: first.memberId, groupInstanceId }
  expect((await client.ask(apis.heartbeat, beat)).errorCode).toBe(82)
  expect((await client.ask(apis.joinGroup, joining({ ...beat }))).errorCode).toBe(82)
  // A version that cannot say so is told that another leads.
  const third = await join(next, { groupInstanceId }, 8)
  expect(third).toMatchObject({ errorCode: 0, leader: second.memberId, members: [] })
})
