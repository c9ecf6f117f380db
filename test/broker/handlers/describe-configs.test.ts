import { expect, it } from 'vitest'
import type { Engine } from '../../../src/engine.js'
import { apis } from '../../../src/protocol/index.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { clientOf } from '../../support/wire-client.js'

interface Asked {
  readonly type?: number
  readonly name?: string
  readonly keys?: string[] | null
  readonly includeSynonyms?: boolean
  readonly includeDocumentation?: boolean
}

/** What is said of one resource, by default the topic t. */
async function describe(engine: Engine, asked: Asked = {}, version?: number) {
  const { type = 2, name = 't', keys: configurationKeys = null, ...options } = asked
  const resources = [{ resourceType: type, resourceName: name, configurationKeys }]
  const client = await clientOf(engine)
  return (await client.ask(apis.describeConfigs, { resources, ...options }, version)).results[0]
}

/** Of one configuration. */
async function entry(engine: Engine, key: string, asked: Asked = {}, version?: number) {
  const { configs } = await describe(engine, { ...asked, keys: [key] }, version)
  expect(configs.map(({ name }) => name)).toEqual([key])
  return configs[0]
}

async function engineWith(config: object, options = {}): Promise<Engine> {
  const engine = await openEngine(dataDirectory(), options)
  await engine.createTopic('t', { config: { ...config } })
  return engine
}

it('all configurations of a topic, each with its value as text and its source', async () => {
  const engine = await engineWith({ retentionMs: 5, cleanupPolicy: ['compact', 'delete'] })
  const { errorCode, resourceType, resourceName, configs } = await describe(engine)
  expect([errorCode, resourceType, resourceName]).toEqual([0, 2, 't'])
  const said = new Map(configs.map((one) => [one.name, [one.value, one.configSource]]))
  expect(said.get('retention.ms')).toEqual(['5', 1])
  expect(said.get('cleanup.policy')).toEqual(['compact,delete', 1])
  expect(said.get('max.message.bytes')).toEqual(['1048588', 5])
  expect(said.get('flush.messages')).toEqual(['9223372036854775807', 5])
  expect(said.get('min.cleanable.dirty.ratio')).toEqual(['0.5', 5])
  expect(said.get('preallocate')).toEqual(['false', 5])
  expect(configs.some(({ readOnly, isSensitive }) => readOnly || isSensitive)).toBe(false)
})

it('types and documentation from version 3 on, the latter when it is asked for', async () => {
  const engine = await engineWith({})
  const asked = { includeDocumentation: true }
  for (let version = 1; version <= 4; version++) {
    const { configType, documentation } = await entry(engine, 'retention.ms', asked, version)
    expect(configType).toBe(version < 3 ? 0 : 5)
    expect(documentation).toEqual(version < 3 ? '' : expect.stringMatching(/Age at which/))
  }
  expect((await entry(engine, 'retention.ms')).documentation).toBeNull()
  const types = (await describe(engine)).configs.map((one) => [one.name, one.configType])
  expect(Object.fromEntries(types)).toMatchObject({
    'cleanup.policy': 7,
    'compression.type': 2,
    'min.cleanable.dirty.ratio': 6,
    preallocate: 1,
    'segment.bytes': 3,
  })
})

it('synonyms name what counts, and what would without it', async () => {
  const engine = await engineWith({ retentionMs: 5 }, { topicDefaults: { retentionMs: 6 } })
  const asked = { includeSynonyms: true }
  expect((await entry(engine, 'retention.ms', asked)).synonyms).toEqual([
    { name: 'retention.ms', value: '5', source: 1 },
    { name: 'log.retention.ms', value: '6', source: 4 },
    { name: 'log.retention.ms', value: '604800000', source: 5 },
  ])
  expect((await entry(engine, 'retention.ms')).synonyms).toEqual([])
  await engine.alterTopic('t', { retentionMs: null })
  expect(await entry(engine, 'retention.ms')).toMatchObject({ value: '6', configSource: 4 })
})

it('keys that are asked for, without those that there are not', async () => {
  const engine = await engineWith({})
  const { configs } = await describe(engine, { keys: ['segment.ms', 'no.such', 'flush.ms'] })
  expect(configs.map(({ name }) => name).sort()).toEqual(['flush.ms', 'segment.ms'])
  expect((await describe(engine, { keys: [] })).configs.length).toBeGreaterThan(20)
})

it('the broker’s own configurations, which are read-only', async () => {
  const engine = await engineWith({}, { numPartitions: 3, topicDefaults: { segmentMs: 7 } })
  const broker = { type: 4, name: '1' }
  const { errorCode, configs } = await describe(engine, broker)
  expect(errorCode).toBe(0)
  const said = new Map(configs.map((one) => [one.name, [one.value, one.configSource]]))
  expect(said.size).toBe(configs.length)
  expect(said.get('num.partitions')).toEqual(['3', 4])
  expect(said.get('log.roll.ms')).toEqual(['7', 4])
  expect(said.get('log.retention.ms')).toEqual(['604800000', 5])
  expect(said.get('group.max.session.timeout.ms')).toEqual(['1800000', 5])
  expect(said.get('broker.id')).toEqual(['1', 4])
  expect(said.get('node.id')).toEqual(['1', 4])
  expect(said.get('log.dirs')).toEqual([engine.directory, 4])
  expect(said.get('default.replication.factor')).toEqual(['1', 5])
  expect(configs.every(({ readOnly }) => readOnly)).toBe(true)
})

it('a resource that is asked for many times is described once', async () => {
  const client = await clientOf(await engineWith({}))
  const one = { resourceType: 2, resourceName: 't', configurationKeys: null }
  const resources = [...Array.from({ length: 1000 }, () => one), { ...one, resourceType: 4 }]
  const { results } = await client.ask(apis.describeConfigs, { resources })
  expect(results.map(({ resourceType }) => resourceType)).toEqual([2, 4])
})

it('defaults of all brokers and loggers: there are none', async () => {
  const engine = await engineWith({})
  for (const asked of [
    { type: 4, name: '' },
    { type: 8, name: '1' },
  ]) {
    expect(await describe(engine, asked)).toMatchObject({ errorCode: 0, configs: [] })
  }
})

it.each<[string, Asked, number, RegExp]>([
  ['an unknown topic', { name: 'none' }, 3, /'none' does not exist/],
  ['a name that no topic has', { name: 'a b' }, 17, /letters/],
  ['another broker', { type: 4, name: '2' }, 42, /expected 1/],
  ['no logger’s broker', { type: 8, name: '' }, 42, /empty/],
  ['a group', { type: 32, name: 'g' }, 42, /type 32/],
])('%s: refused with a number and a sentence', async (_what, asked, code, message) => {
  const { errorCode, errorMessage, configs } = await describe(await engineWith({}), asked)
  expect([errorCode, errorMessage]).toEqual([code, expect.stringMatching(message)])
  expect(configs).toEqual([])
})
