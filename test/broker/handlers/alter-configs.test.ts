import { expect, it } from 'vitest'
import type { Engine } from '../../../src/engine.js'
import { apis, type RequestInput } from '../../../src/protocol/index.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { clientOf } from '../../support/wire-client.js'

const replace = apis.alterConfigs
const change = apis.incrementalAlterConfigs

type Api = typeof replace | typeof change

const ops = { set: 0, delete: 1, append: 2, subtract: 3 }

/** One configuration of a request. */
function put(name: string, value: string | null, op = ops.set) {
  return { name, value, configOperation: op }
}

type Resource = RequestInput<typeof change>['resources'][number]

function resource(
  configs: Resource['configs'],
  { resourceType = 2, resourceName = 't' }: Partial<Resource> = {},
): Resource {
  return { resourceType, resourceName, configs }
}

interface How {
  readonly version?: number
  readonly validateOnly?: boolean
}

async function alter(
  api: Api,
  engine: Engine,
  resources: Resource[],
  { version, validateOnly = false }: How = {},
) {
  const client = await clientOf(engine)
  return (await client.ask(api as typeof change, { resources, validateOnly }, version)).responses
}

async function engineWith(config: object, directory = dataDirectory()): Promise<Engine> {
  const engine = await openEngine(directory)
  await engine.createTopic('t', { config: { ...config } })
  return engine
}

it.each<[string, Api, object]>([
  ['replaced as a whole', replace, { retentionMs: 5 }],
  ['changed, and the others stay', change, { flushMs: 9, retentionMs: 5 }],
])('configurations are %s, in every version and for good', async (_what, api, after) => {
  const directory = dataDirectory()
  const engine = await engineWith({}, directory)
  for (let version = 0; version <= api.versions[1]; version++) {
    await engine.alterTopic('t', { flushMs: 9, retentionMs: null })
    const responses = await alter(api, engine, [resource([put('retention.ms', '5')])], { version })
    const place = { resourceType: 2, resourceName: 't' }
    expect(responses).toEqual([{ errorCode: 0, errorMessage: null, ...place }])
    expect(engine.topic('t').config).toEqual(after)
  }
  await engine.close()
  expect((await openEngine(directory)).topic('t').config).toEqual(after)
})

it('a log that is open goes by what was altered', async () => {
  const engine = await engineWith({})
  const log = await engine.log('t', 0)
  await alter(change, engine, [resource([put('max.message.bytes', '100')])])
  expect(log.options.maxMessageBytes).toBe(100)
})

it('one is taken back to its default, and lists are added to and taken from', async () => {
  const engine = await engineWith({ retentionMs: 5, flushMs: 9 })
  const policy = (value: string, op: number) => put('cleanup.policy', value, op)
  const changes = [put('retention.ms', null, ops.delete), policy('compact', ops.append)]
  await alter(change, engine, [resource(changes)])
  expect(engine.topic('t').config).toEqual({ cleanupPolicy: ['delete', 'compact'], flushMs: 9 })
  await alter(change, engine, [resource([policy('compact,delete', ops.append)])])
  expect(engine.topic('t').config.cleanupPolicy).toEqual(['delete', 'compact'])
  await alter(change, engine, [resource([policy('delete', ops.subtract)])])
  expect(engine.topic('t').config.cleanupPolicy).toEqual(['compact'])
})

it('elements that several clients add at a time are all there', async () => {
  const engine = await engineWith({ cleanupPolicy: [] })
  const add = (value: string) =>
    alter(change, engine, [resource([put('cleanup.policy', value, ops.append)])])
  await Promise.all([add('delete'), add('compact')])
  expect([...(engine.topic('t').config.cleanupPolicy ?? [])].sort()).toEqual(['compact', 'delete'])
})

const place = (resourceType: number, resourceName: string) => ({ resourceType, resourceName })
const good = put('retention.ms', '6')

it.each<[string, Api, Resource, number, RegExp]>([
  ['an unknown topic', change, resource([good], place(2, 'none')), 3, /'none' does not exist/],
  ['the same', replace, resource([good], place(2, 'none')), 3, /'none' does not exist/],
  ['a name that no topic has', change, resource([good], place(2, 'a b')), 17, /letters/],
  ['one bad value of two', change, resource([good, put('flush.ms', 'x')]), 40, /whole number/],
  ['the same', replace, resource([good, put('flush.ms', 'x')]), 40, /whole number/],
  ['an unknown configuration', change, resource([put('x.y', '1')]), 40, /there are/],
  ['no value', change, resource([put('flush.ms', null)]), 42, /Null value.*flush\.ms/],
  ['the same', replace, resource([put('flush.ms', null)]), 42, /Null value.*flush\.ms/],
  ['one twice', change, resource([good, good]), 42, /duplicate/],
  ['the same', replace, resource([good, good]), 42, /duplicate/],
  ['adding to no list', change, resource([put('flush.ms', '1', ops.append)]), 40, /no list/],
  ['a strange operation', change, resource([put('flush.ms', '1', 9)]), 42, /operation 9/],
  ['the broker', change, resource([put('num.partitions', '2')], place(4, '1')), 42, /start it/],
  ['all brokers', replace, resource([put('num.partitions', '2')], place(4, '')), 42, /start it/],
  ['another broker', change, resource([good], place(4, '2')), 42, /expected 1/],
  ['a logger', change, resource([put('root', 'INFO')], place(8, '1')), 42, /no loggers/],
  ['a group', change, resource([good], place(32, 'g')), 42, /type 32/],
])('%s: refused with a number and a sentence', async (_what, api, asked, code, message) => {
  const engine = await engineWith({ retentionMs: 5 })
  const [{ errorCode, errorMessage }] = await alter(api, engine, [asked])
  expect([errorCode, errorMessage]).toEqual([code, expect.stringMatching(message)])
  expect(engine.topic('t').config).toEqual({ retentionMs: 5 })
})

it.each<[string, Api]>([
  ['replaced', replace],
  ['changed', change],
])('each resource is %s or refused by itself; one that comes twice is refused', async (_, api) => {
  const engine = await engineWith({})
  await engine.createTopic('u')
  const asked = ['t', 'none', 'u', 'u'].map((name) => resource([good], place(2, name)))
  const responses = await alter(api, engine, asked)
  const codes = responses.map((one) => [one.resourceName, one.errorCode])
  expect(Object.fromEntries(codes)).toEqual({ t: 0, none: 3, u: 42 })
  expect(engine.topics().map(({ config }) => config)).toEqual([{ retentionMs: 6 }, {}])
})

it.each<[string, Api]>([
  ['replaces', replace],
  ['changes', change],
])('validateOnly %s nothing', async (_what, api) => {
  const engine = await engineWith({ retentionMs: 5 })
  const asked = [resource([good]), resource([good], place(2, 'none'))]
  const responses = await alter(api, engine, asked, { validateOnly: true })
  expect(responses.map(({ errorCode }) => errorCode)).toEqual([0, 3])
  expect(engine.topic('t').config).toEqual({ retentionMs: 5 })
})
