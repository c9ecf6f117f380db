import { expect, it } from 'vitest'
import { apis, type RequestInput } from '../../../src/protocol/index.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { clientOf, type WireClient } from '../../support/wire-client.js'
import { join, sync } from '../../support/wire-groups.js'

type Commit = RequestInput<typeof apis.offsetCommit>
type Partition = Partial<Commit['topics'][number]['partitions'][number]>

async function started() {
  const engine = await openEngine()
  await engine.createTopic('clicks', { partitions: 4 })
  await engine.createTopic('orders')
  return { engine, client: await clientOf(engine) }
}

const topic = (name: string, ...partitions: Partition[]) => ({
  name,
  partitions: partitions.map((one) => ({
    ...{ partitionIndex: 0, committedOffset: 1, committedMetadata: null },
    ...one,
  })),
})

/** The error codes, partition by partition. */
async function commit(
  client: WireClient,
  topics: Commit['topics'],
  more: Partial<Commit> = {},
  version?: number,
) {
  const body = { groupId: 'simple', memberId: '', topics, ...more }
  const answer = await client.ask(apis.offsetCommit, body, version)
  return answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
}

type Asked = { name: string; partitionIndexes: number[] }[] | null

/** The offsets of one group, by topics, whatever the version. */
async function fetched(client: WireClient, asked: Asked, version: number, groupId = 'simple') {
  const body = version < 8 ? { groupId, topics: asked } : { groups: [{ groupId, topics: asked }] }
  const answer = await client.ask(apis.offsetFetch, { ...body, requireStable: true }, version)
  return version < 8 ? answer : answer.groups[0]
}

it('what is committed in any version is fetched in any version', async () => {
  const { client } = await started()
  const asked = [{ name: 'clicks', partitionIndexes: [1, 0] }]
  for (let version = 2; version <= 9; version++) {
    const partition = { committedOffset: version, committedMetadata: `v${version}` }
    const leaderEpoch = version < 6 ? -1 : 5
    const topics = [topic('clicks', { ...partition, committedLeaderEpoch: 5 })]
    expect(await commit(client, topics, {}, version)).toEqual([0])
    for (let reading = 1; reading <= 9; reading++) {
      const answer = await fetched(client, asked, reading)
      const epoch = reading < 5 ? -1 : leaderEpoch
      expect(answer).toMatchObject({ errorCode: 0, topics: [{ name: 'clicks' }] })
      const none = { committedOffset: -1, metadata: '', committedLeaderEpoch: -1, errorCode: 0 }
      expect(answer.topics[0].partitions).toEqual([
        { partitionIndex: 1, ...none },
        {
          ...none,
          partitionIndex: 0,
          committedOffset: version,
          committedLeaderEpoch: epoch,
          metadata: `v${version}`,
        },
      ])
    }
  }
})

it('all partitions are fetched where none is named', async () => {
  const { client } = await started()
  await commit(client, [topic('clicks', {}, { partitionIndex: 3 }), topic('orders', {})])
  for (let version = 2; version <= 9; version++) {
    const { topics } = await fetched(client, null, version)
    const places = topics.map(({ name, partitions }) => [name, partitions.length])
    expect(places).toEqual([
      ['clicks', 2],
      ['orders', 1],
    ])
    expect(topics[0].partitions[0].metadata).toBe('')
    expect((await fetched(client, null, version, 'none')).topics).toEqual([])
  }
})

it('offsets below 0, which clients give a meaning, come back as they are', async () => {
  const { client } = await started()
  expect(await commit(client, [topic('orders', { committedOffset: -2 })])).toEqual([0])
  const { topics } = await fetched(client, null, 9)
  expect(topics[0].partitions[0].committedOffset).toBe(-2)
})

it('many groups are fetched at once, each once', async () => {
  const { client } = await started()
  await commit(client, [topic('orders', { committedOffset: 7 })])
  const groups = ['simple', 'none', 'simple'].map((groupId) => ({ groupId, topics: null }))
  for (const version of [8, 9]) {
    const answer = await client.ask(apis.offsetFetch, { groups }, version)
    expect(answer.groups).toMatchObject([
      { groupId: 'simple', errorCode: 0, topics: [{ partitions: [{ committedOffset: 7 }] }] },
      { groupId: 'none', errorCode: 0, topics: [] },
    ])
  }
})

it('partitions are refused one by one, and the others committed', async () => {
  const { engine, client } = await started()
  const topics = [
    topic('clicks', { partitionIndex: 4 }, { partitionIndex: -1 }, { partitionIndex: 2 }),
    topic('nowhere', {}),
    topic('orders', { committedMetadata: 'm'.repeat(4097) }),
  ]
  expect(await commit(client, topics)).toEqual([3, 3, 0, 3, 12])
  const offsets = await (await engine.groups()).fetchOffsets('simple')
  expect(offsets).toMatchObject([{ topic: 'clicks', partition: 2, offset: 1, metadata: '' }])
  // A group of which nothing can be committed is not made.
  expect(await commit(client, [topic('nowhere', {})], { groupId: 'none' })).toEqual([3])
  expect(await (await engine.groups()).list()).toHaveLength(1)
})

it('members commit in their generation, and nobody else while there are members', async () => {
  const { client } = await started()
  const joined = await join(client)
  const { memberId, generationId } = joined
  const asMember = { groupId: 'billing', memberId, generationIdOrMemberEpoch: generationId }
  const codes = (more: Partial<Commit>) =>
    commit(client, [topic('orders', {})], { ...asMember, ...more })
  expect(await codes({})).toEqual([27])
  await sync(client, joined)
  expect(await codes({})).toEqual([0])
  expect(await codes({ generationIdOrMemberEpoch: 2 })).toEqual([22])
  expect(await codes({ memberId: 'x' })).toEqual([25])
  expect(await codes({ memberId: '', generationIdOrMemberEpoch: -1 })).toEqual([25])
  expect(await codes({ groupInstanceId: 'till' })).toEqual([25])
  expect(await codes({ groupId: 'none' })).toEqual([22])
})

it('what old clients say of how long an offset is kept holds', async () => {
  const { engine, client } = await started()
  for (const version of [2, 3, 4]) {
    const partitions = [{ partitionIndex: 0 }, { partitionIndex: 1 }]
    await commit(client, [topic('clicks', partitions[0])], { retentionTimeMs: 0 }, version)
    await commit(client, [topic('clicks', partitions[1])], { retentionTimeMs: -1 }, version)
    expect(await (await engine.groups()).expireOffsets()).toBe(1)
    const left = await (await engine.groups()).fetchOffsets('simple')
    expect(left).toMatchObject([{ topic: 'clicks', partition: 1 }])
  }
})

it('offsets of a deleted topic go with it, and are not there in one of that name', async () => {
  const directory = dataDirectory()
  const engine = await openEngine(directory)
  const client = await clientOf(engine)
  await engine.createTopic('clicks')
  await commit(client, [topic('clicks', {})])
  const committing = Array.from({ length: 20 }, () => commit(client, [topic('clicks', {})]))
  await engine.deleteTopic('clicks')
  await Promise.all(committing)
  expect(await commit(client, [topic('clicks', {})])).toEqual([3])
  await engine.createTopic('clicks')
  expect((await fetched(client, null, 9)).topics).toEqual([])
  await engine.close()
  const again = await openEngine(directory)
  expect(await (await again.groups()).fetchOffsets('simple')).toEqual([])
})
