import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { apis } from '../../src/protocol/index.js'
import { startTestBroker, type TestBrokerOptions } from '../../src/testing/index.js'
import { codeOf, faultOf } from '../support/logs.js'
import { WireClient } from '../support/wire-client.js'

async function started(options: TestBrokerOptions = {}) {
  const broker = await startTestBroker({ storage: 'memory', ...options })
  onTestFinished(() => broker.close())
  return broker
}

const own = (names: readonly string[]) => names.filter((name) => !name.startsWith('__'))

describe('a test broker', () => {
  it('can be reached where it says, and has the topics that it was started with', async () => {
    const topics = ['clicks', { name: 'orders', partitions: 3, config: { 'retention.ms': '-1' } }]
    const broker = await started({ topics })
    // kafkajs takes no readonly list.
    const brokers: string[] = broker.brokers
    expect(brokers).toEqual([`127.0.0.1:${broker.port}`])
    expect(broker.bootstrapServers).toBe(broker.brokers[0])
    const client = await WireClient.connect(broker.port)
    const answer = await client.ask(apis.metadata, { topics: null })
    expect(answer.brokers).toEqual([
      expect.objectContaining({ host: '127.0.0.1', port: broker.port }),
    ])
    expect(answer.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
      ['clicks', 1],
      ['orders', 3],
    ])
    expect(broker.engine.topic('orders').config).toEqual({ retentionMs: -1 })
  })

  it.each([true, false])(
    'makes topics that clients ask for, or not: %s',
    async (autoCreateTopics) => {
      const broker = await started({ autoCreateTopics })
      const client = await WireClient.connect(broker.port)
      const topics = [{ name: 'fresh' }]
      await client.ask(apis.metadata, { topics, allowAutoTopicCreation: true })
      expect(own(broker.engine.topics().map(({ name }) => name))).toEqual(
        autoCreateTopics ? ['fresh'] : [],
      )
    },
  )

  it("takes settings by Kafka's names", async () => {
    const broker = await started({ topics: ['clicks'], config: { 'num.partitions': 4 } })
    expect(broker.engine.topic('clicks').partitions).toBe(4)
    const wrong = await faultOf(() => started({ config: { 'num.partition': 4 } }))
    expect(wrong?.message).toMatch(/did you mean num\.partitions/)
  })

  it('goes with its directory and its connections', async () => {
    const broker = await started()
    const { directory } = broker.engine
    const client = await WireClient.connect(broker.port)
    await client.ask(apis.apiVersions, {})
    expect(existsSync(directory)).toBe(true)
    await broker.close()
    await client.closed
    expect(existsSync(directory)).toBe(false)
    expect(await WireClient.connect(broker.port).catch(({ code }) => code)).toBe('ECONNREFUSED')
  })

  it('leaves nothing behind where it cannot be started', async () => {
    const { port } = await started()
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('duramen-broker-'))
    expect(await codeOf(() => startTestBroker({ port }))).toBe('ERR_LISTEN')
    expect(await codeOf(() => startTestBroker({ topics: ['a/b'] }))).toBe('ERR_INVALID_TOPIC')
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('duramen-broker-'))
    expect(after.filter((name) => !before.includes(name))).toEqual([])
  })

  it.each([
    [{ port: 70_000 }, /^port is 70000; it must be a whole number from 0 to 65535/],
    [{ storage: 'tape' }, /^storage is 'tape'; it must be one of 'disk', 'memory'/],
    [
      { topic: ['a'] },
      /^there is no option topic; there are port, topics, autoCreateTopics, config, storage$/,
    ],
    [{ topics: 'abc' }, /^topics is 'abc'; it must be a list/],
    [{ config: 'abc' }, /^config is 'abc'; it must be an object/],
  ])('refuses %j', async (options, message) => {
    const fault = await faultOf(() => startTestBroker(options as TestBrokerOptions))
    expect([fault?.code, fault?.message]).toEqual([
      'ERR_INVALID_OPTION',
      expect.stringMatching(message),
    ])
  })
})

describe('createTopics', () => {
  it('takes a list, and no text, of which each letter would be a topic', async () => {
    const broker = await started()
    const fault = await faultOf(() => broker.createTopics('ab' as never))
    expect(fault?.message).toMatch(/^topics is 'ab'; it must be a list/)
    expect(own(broker.engine.topics().map(({ name }) => name))).toEqual([])
  })
})

describe('reset', () => {
  it('leaves the topics of the start, empty, and no groups', async () => {
    const broker = await started({ topics: ['clicks'] })
    const { engine } = broker
    await broker.createTopics(['more'])
    await engine.producer().send('clicks', { value: 'one' })
    const consumer = engine.consumer({ groupId: 'billing', autoOffsetReset: 'earliest' })
    await consumer.subscribe(['clicks'])
    expect(await consumer.poll(5000)).toHaveLength(1)
    await consumer.commit()
    await consumer.close()
    const client = await WireClient.connect(broker.port)
    await broker.reset()
    expect(own(engine.topics().map(({ name }) => name))).toEqual(['clicks'])
    expect((await engine.log('clicks', 0)).logEndOffset).toBe(0)
    expect(await (await engine.groups()).list()).toEqual([])
    // Nobody was disconnected.
    expect((await client.ask(apis.listGroups, {})).groups).toEqual([])
  })

  it('puts members out of their groups', async () => {
    const broker = await started({ topics: ['clicks'] })
    const consumer = broker.engine.consumer({ groupId: 'billing' })
    onTestFinished(() => consumer.close())
    await consumer.subscribe(['clicks'])
    await consumer.poll(0)
    await broker.reset()
    expect(await (await broker.engine.groups()).list()).toEqual([])
  })
})

describe('faults', () => {
  it('close all connections, and clients may come again', async () => {
    const broker = await started()
    const clients = await Promise.all([1, 2].map(() => WireClient.connect(broker.port)))
    for (const client of clients) await client.ask(apis.apiVersions, {})
    broker.dropConnections()
    await Promise.all(clients.map((client) => client.closed))
    const again = await WireClient.connect(broker.port)
    expect(await again.ask(apis.apiVersions, {})).toMatchObject({ errorCode: 0 })
  })

  it('fail the next requests of an API, and no others', async () => {
    const broker = await started()
    const client = await WireClient.connect(broker.port)
    const listed = async () => (await client.ask(apis.listGroups, {})).errorCode
    broker.failNext('ListGroups', 'COORDINATOR_LOAD_IN_PROGRESS', 2)
    expect((await client.ask(apis.apiVersions, {})).errorCode).toBe(0)
    expect([await listed(), await listed(), await listed()]).toEqual([14, 14, 0])
    broker.failNext('ListGroups', 15)
    expect([await listed(), await listed()]).toEqual([15, 0])
    broker.failNext('ListGroups', 15, 100)
    await broker.reset()
    expect(await listed()).toBe(0)
  })

  it.each([
    ['Produse', 6, 1, /no API Produse/],
    ['Produce', 'BROKEN', 1, /no error BROKEN/],
    ['Produce', 6, -1, /-1 is no count/],
  ])('are refused where Kafka has none such: %s %s %d', async (api, error, count, message) => {
    const broker = await started()
    const fault = await faultOf(() => broker.failNext(api as 'Produce', error, count))
    expect([fault?.code, fault?.message]).toEqual([
      'ERR_INVALID_ARGUMENT',
      expect.stringMatching(message),
    ])
  })
})
