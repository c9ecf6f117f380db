import { expect, it } from 'vitest'
import { apis, type RequestInput } from '../../../src/protocol/index.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { clientOf, type WireClient } from '../../support/wire-client.js'

type Asked = Partial<RequestInput<typeof apis.createTopics>['topics'][number]>

const usual = { numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }

function create(client: WireClient, topics: Asked[], version?: number, validateOnly = false) {
  const asked = topics.map((topic) => ({ name: 't', ...usual, ...topic }))
  return client.ask(apis.createTopics, { topics: asked, validateOnly }, version)
}

/** What becomes of one topic. */
async function outcome(client: WireClient, asked: Asked) {
  const [{ errorCode, errorMessage }] = (await create(client, [asked])).topics
  return [errorCode, errorMessage]
}

it('a topic is made in every version, and is there after a restart', async () => {
  const directory = dataDirectory()
  const engine = await openEngine(directory)
  const client = await clientOf(engine)
  for (let version = 2; version <= 7; version++) {
    const name = `v${version}`
    const configs = [{ name: 'retention.ms', value: '1000' }]
    const { topics } = await create(client, [{ name, numPartitions: 3, configs }], version)
    const { id } = engine.topic(name)
    const [made] = topics
    expect(made).toMatchObject({ name, errorCode: 0, errorMessage: null })
    expect(made.numPartitions).toBe(version < 5 ? -1 : 3)
    if (version >= 7) expect(made.topicId).toBe(id)
  }
  await engine.close()
  const again = await openEngine(directory)
  expect(again.topics()).toHaveLength(6)
  expect(again.topic('v2')).toMatchObject({ partitions: 3, config: { retentionMs: 1000 } })
})

it('the answer lists all configurations, and which of them are the topic’s own', async () => {
  const client = await clientOf(await openEngine())
  const configs = [{ name: 'cleanup.policy', value: 'compact,delete' }]
  const [made] = (await create(client, [{ configs }])).topics
  expect(made).toMatchObject({ numPartitions: 1, replicationFactor: 1 })
  const find = (name: string) => made.configs?.find((one) => one.name === name)
  expect(find('cleanup.policy')).toMatchObject({ value: 'compact,delete', configSource: 1 })
  expect(find('retention.ms')).toMatchObject({ value: '604800000', configSource: 5 })
  expect(find('flush.ms')).toMatchObject({ value: '9223372036854775807', readOnly: false })
})

it('the number of partitions is the engine’s default where it is -1', async () => {
  const engine = await openEngine(dataDirectory(), { numPartitions: 5 })
  const [made] = (await create(await clientOf(engine), [{}])).topics
  expect(made.numPartitions).toBe(5)
  expect(engine.topic('t').partitions).toBe(5)
})

it('every topic of a request is made or refused by itself', async () => {
  const engine = await openEngine()
  const client = await clientOf(engine)
  await engine.createTopic('there')
  const names = ['a', 'there', 'b', 'b', 'a/b', '__cluster_metadata']
  const { topics } = await create(
    client,
    names.map((name) => ({ name })),
  )
  const codes = Object.fromEntries(topics.map(({ name, errorCode }) => [name, errorCode]))
  expect(topics).toHaveLength(5)
  expect(codes).toEqual({ a: 0, there: 36, b: 42, 'a/b': 17, __cluster_metadata: 17 })
  expect(engine.topics().map(({ name }) => name)).toEqual(['a', 'there'])
})

it.each<[string, Asked, number, RegExp]>([
  ['two replicas', { replicationFactor: 2 }, 38, /one broker/],
  ['no replicas', { replicationFactor: 0 }, 38, /give 1/],
  ['no partitions', { numPartitions: 0 }, 37, /1 or more/],
  ['too many partitions', { numPartitions: 2 ** 31 - 1 }, 37, /100000/],
  ['an unknown configuration', { configs: [{ name: 'x.y', value: '1' }] }, 40, /retention\.ms/],
  ['a bad value', { configs: [{ name: 'retention.ms', value: 'x' }] }, 40, /whole number/],
  ['no value', { configs: [{ name: 'retention.ms', value: null }] }, 40, /retention\.ms/],
  ['a name that collides', { name: 'a_b' }, 17, /a\.b/],
  ['a name that is empty', { name: '' }, 17, /1 to 249/],
])('%s: refused with a number and a sentence', async (_what, asked, code, message) => {
  const engine = await openEngine()
  await engine.createTopic('a.b')
  const refused = await outcome(await clientOf(engine), asked)
  expect(refused).toEqual([code, expect.stringMatching(message)])
  expect(engine.topics()).toHaveLength(1)
})

const on = (...brokers: number[][]) =>
  brokers.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))

it('partitions may be assigned by hand to the broker that there is', async () => {
  const engine = await openEngine()
  const client = await clientOf(engine)
  expect(await outcome(client, { assignments: on([1], [1], [1]) })).toEqual([0, null])
  expect(engine.topic('t').partitions).toBe(3)
})

it.each<[string, Asked, number]>([
  ['to another broker', { assignments: on([1], [2]) }, 39],
  ['to two brokers', { assignments: on([1, 2]) }, 39],
  ['with a gap', { assignments: on([1], [1]).slice(1) }, 39],
  ['one twice', { assignments: [...on([1]), ...on([1])] }, 39],
  ['with a number of partitions', { assignments: on([1]), numPartitions: 1 }, 42],
  ['with a replication factor', { assignments: on([1]), replicationFactor: 1 }, 42],
])('an assignment by hand %s is refused', async (_what, asked, code) => {
  const engine = await openEngine()
  expect(await outcome(await clientOf(engine), asked)).toEqual([code, expect.any(String)])
  expect(engine.topics()).toEqual([])
})

it('validateOnly makes nothing, and says what would be', async () => {
  const engine = await openEngine()
  const client = await clientOf(engine)
  const asked = [{ numPartitions: 2 }, { name: 'a b' }]
  const { topics } = await create(client, asked, undefined, true)
  expect(topics.map(({ errorCode }) => errorCode)).toEqual([0, 17])
  expect(topics[0].numPartitions).toBe(2)
  expect(engine.topics()).toEqual([])
})
