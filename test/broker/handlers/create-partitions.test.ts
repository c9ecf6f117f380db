import { expect, it } from 'vitest'
import { apis, type RequestInput } from '../../../src/protocol/index.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { clientOf, type WireClient } from '../../support/wire-client.js'

type Asked = Partial<RequestInput<typeof apis.createPartitions>['topics'][number]>

async function grow(client: WireClient, topics: Asked[], version?: number, validateOnly = false) {
  const asked = topics.map((one) => ({ name: 't', count: 4, assignments: null, ...one }))
  const body = { topics: asked, timeoutMs: 1000, validateOnly }
  return (await client.ask(apis.createPartitions, body, version)).results
}

it('a topic gets partitions in every version, and has them after a restart', async () => {
  const directory = dataDirectory()
  const engine = await openEngine(directory)
  const client = await clientOf(engine)
  await engine.createTopic('t')
  for (let version = 0; version <= 3; version++) {
    const results = await grow(client, [{ count: 2 + version }], version)
    expect(results).toEqual([{ name: 't', errorCode: 0, errorMessage: null }])
  }
  await engine.close()
  expect((await openEngine(directory)).topic('t').partitions).toBe(5)
})

const on = (...brokerIds: number[]) => ({ brokerIds })

it.each<[string, Asked, number, RegExp]>([
  ['as many as there are', { count: 3 }, 37, /it has 3/],
  ['fewer', { count: 2 }, 37, /it has 3/],
  ['a negative number', { count: -1 }, 37, /it has 3/],
  ['too many', { count: 2 ** 31 - 1 }, 37, /100000/],
  ['of an unknown topic', { name: 'none' }, 3, /'none' does not exist/],
  ['assigned to another broker', { assignments: [on(2)] }, 39, /one broker/],
  ['assigned to two brokers', { assignments: [on(1, 2)] }, 39, /one broker/],
  ['more assigned than added', { assignments: [on(1), on(1)] }, 39, /2 assigned/],
])('%s: refused with a number and a sentence', async (_what, asked, code, message) => {
  const engine = await openEngine()
  await engine.createTopic('t', { partitions: 3 })
  const [{ errorCode, errorMessage }] = await grow(await clientOf(engine), [asked])
  expect([errorCode, errorMessage]).toEqual([code, expect.stringMatching(message)])
  expect(engine.topic('t').partitions).toBe(3)
})

it('assignments to the broker that there is, and several topics', async () => {
  const engine = await openEngine()
  for (const name of ['t', 'u', 'v']) await engine.createTopic(name, { partitions: 3 })
  const asked = [{ assignments: [on(1)] }, { name: 'u' }, { name: 'v' }, { name: 'v' }]
  const results = await grow(await clientOf(engine), asked)
  expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 0, 42])
  expect(engine.topics().map(({ partitions }) => partitions)).toEqual([4, 4, 3])
})

it('validateOnly adds nothing', async () => {
  const engine = await openEngine()
  await engine.createTopic('t')
  const asked = [{}, { name: 'none' }]
  const results = await grow(await clientOf(engine), asked, undefined, true)
  expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 3])
  expect(engine.topic('t').partitions).toBe(1)
})

it('of requests that come together, one is done, and records can go to all partitions', async () => {
  const engine = await openEngine()
  await engine.createTopic('t')
  const producer = engine.producer()
  await producer.send('t', { value: 'v' })
  const clients = [await clientOf(engine), await clientOf(engine), await clientOf(engine)]
  const results = await Promise.all(clients.map((client) => grow(client, [{}])))
  expect(results.map(([{ errorCode }]) => errorCode).sort()).toEqual([0, 37, 37])
  const sent = await producer.send('t', { value: 'v', partition: 3 })
  expect(sent.partition).toBe(3)
})
