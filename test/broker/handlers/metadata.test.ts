import { describe, expect, it } from 'vitest'
import { apis, errorCodes } from '../../../src/protocol/index.js'
import { newUuid, noUuid } from '../../../src/topic/uuid.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { clientOf } from '../../support/wire-client.js'

const { metadata, describeCluster } = apis
const byName = (...names: string[]) => names.map((name) => ({ name, topicId: noUuid }))

async function engineWith(...names: string[]) {
  const engine = await openEngine()
  for (const name of names) await engine.createTopic(name, { partitions: 2 })
  return engine
}

describe('Metadata', () => {
  for (let version = 0; version <= 12; version++) {
    it(`v${version} tells of topics and their partitions`, async () => {
      const engine = await engineWith('a', 'b')
      const client = await clientOf(engine)
      const { topics, brokers } = await client.ask(metadata, { topics: byName('b') }, version)
      expect(topics).toHaveLength(1)
      expect(topics[0]).toMatchObject({ errorCode: 0, name: 'b', isInternal: false })
      expect(topics[0]?.topicId).toBe(version < 10 ? noUuid : engine.topic('b').id)
      expect(topics[0]?.partitions).toHaveLength(2)
      const { nodeId } = brokers[0] as (typeof brokers)[number]
      expect(topics[0]?.partitions[1]).toMatchObject({
        partitionIndex: 1,
        leaderId: nodeId,
        replicaNodes: [nodeId],
        isrNodes: [nodeId],
        offlineReplicas: [],
      })
    })
  }

  it('gives all topics for null, in v0 for none, and else none for none', async () => {
    const client = await clientOf(await engineWith('a', 'b'))
    const count = async (version: number, topics: [] | null) =>
      (await client.ask(metadata, { topics }, version)).topics.length
    expect(await count(12, null)).toBe(2)
    expect(await count(1, null)).toBe(2)
    expect(await count(0, [])).toBe(2)
    expect(await count(1, [])).toBe(0)
    expect(await count(12, [])).toBe(0)
  })

  it('finds topics by their ids', async () => {
    const engine = await engineWith('a')
    const client = await clientOf(engine)
    const topics = [
      { name: null, topicId: engine.topic('a').id },
      { name: null, topicId: newUuid() },
    ]
    const answer = await client.ask(metadata, { topics }, 12)
    expect(answer.topics).toMatchObject([
      { name: 'a', errorCode: 0 },
      { name: null, errorCode: errorCodes.unknownTopicId, topicId: topics[1]?.topicId },
    ])
    const early = await client.ask(metadata, { topics: [{ name: null, topicId: newUuid() }] }, 10)
    expect(early.topics).toMatchObject([{ name: '', errorCode: errorCodes.invalidRequest }])
  })

  it('says what is unknown and what no topic can be called', async () => {
    const client = await clientOf(await engineWith('a'))
    const asked = { topics: byName('a', 'x', 'not/legal', 'a'), allowAutoTopicCreation: false }
    const { topics } = await client.ask(metadata, asked, 9)
    expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['a', 0],
      ['x', errorCodes.unknownTopicOrPartition],
      ['not/legal', errorCodes.invalidTopicException],
    ])
  })

  it('makes missing topics only where client and broker both allow it', async () => {
    const engine = await openEngine(dataDirectory(), { autoCreateTopics: false, numPartitions: 3 })
    const client = await clientOf(engine)
    const ask = async (version: number, name: string, allowAutoTopicCreation: boolean) => {
      const request = { topics: byName(name), allowAutoTopicCreation }
      return (await client.ask(metadata, request, version)).topics[0]
    }
    const unknown = { errorCode: errorCodes.unknownTopicOrPartition }
    expect(await ask(4, 'not', false)).toMatchObject(unknown)
    const made = await ask(12, 'new', true)
    expect(made).toMatchObject({ errorCode: 0, name: 'new', topicId: engine.topic('new').id })
    expect(made?.partitions).toHaveLength(3)
    expect(await ask(1, 'old', true)).toMatchObject({ errorCode: 0, name: 'old' })
    expect(await ask(12, '__transaction_state', true)).toMatchObject(unknown)
    expect(engine.topics().map(({ name }) => name)).toEqual(['new', 'old'])
  })

  it('answers for ten thousand topics at once, and makes a thousand', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `some.topic-${i}`)
    const engine = await engineWith()
    const client = await clientOf(engine)
    const asked = { topics: byName(...names), allowAutoTopicCreation: false }
    const { topics } = await client.ask(metadata, asked)
    expect(topics).toHaveLength(10_000)
    const codes = new Set(topics.map(({ errorCode }) => errorCode))
    expect([...codes]).toEqual([errorCodes.unknownTopicOrPartition])
    const some = byName(...names.slice(0, 1000), 'some_topic-1')
    const made = await client.ask(metadata, { topics: some })
    expect(made.topics.map(({ errorCode }) => errorCode)).toEqual([
      ...Array.from({ length: 1000 }, () => 0),
      errorCodes.invalidTopicException,
    ])
    expect(engine.topics()).toHaveLength(1000)
  })

  it('flags internal topics, and says what may be done when it is asked', async () => {
    const engine = await engineWith('a')
    await engine.groups()
    const client = await clientOf(engine)
    const asked = { topics: byName('a', '__consumer_offsets') }
    const silent = await client.ask(metadata, asked, 8)
    expect(silent.topics.map(({ isInternal }) => isInternal)).toEqual([false, true])
    expect(silent.clusterAuthorizedOperations).toBe(-2147483648)
    const wanted = {
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    }
    const told = await client.ask(metadata, { ...asked, ...wanted }, 8)
    expect(told.topics[0]?.topicAuthorizedOperations).toBe(3576)
    expect(told.clusterAuthorizedOperations).toBe(8096)
  })
})

describe('DescribeCluster', () => {
  for (const version of [0, 1]) {
    it(`v${version} tells of this broker`, async () => {
      const client = await clientOf(await engineWith())
      const known = await client.ask(metadata, { topics: [] }, 12)
      const answer = await client.ask(
        describeCluster,
        { includeClusterAuthorizedOperations: false },
        version,
      )
      expect(answer).toMatchObject({ errorCode: 0, clusterAuthorizedOperations: -2147483648 })
      expect(answer.clusterId).toBe(known.clusterId)
      expect(answer.controllerId).toBe(known.controllerId)
      const [{ nodeId, host, port }] = known.brokers as [(typeof known.brokers)[number]]
      expect(answer.brokers).toEqual([{ brokerId: nodeId, host, port, rack: null }])
    })
  }

  it('has no controllers of its own to tell of', async () => {
    const client = await clientOf(await engineWith())
    const request = { includeClusterAuthorizedOperations: false, endpointType: 2 }
    const answer = await client.ask(describeCluster, request)
    expect(answer.errorCode).toBe(errorCodes.mismatchedEndpointType)
  })
})
