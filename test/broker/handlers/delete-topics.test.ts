import { expect, it } from 'vitest'
import type { Engine } from '../../../src/engine.js'
import { apis } from '../../../src/protocol/index.js'
import { noUuid } from '../../../src/topic/index.js'
import { startBroker } from '../../support/brokers.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { clientOf, WireClient } from '../../support/wire-client.js'

const some = { topics: [], topicNames: [], timeoutMs: 1000 }

function deleteNamed(client: WireClient, topicNames: string[], version: number) {
  return client.ask(apis.deleteTopics, { ...some, topicNames }, version)
}

function deleteThose(client: WireClient, ...topics: { name?: string; topicId?: string }[]) {
  const asked = topics.map(({ name = null, topicId = noUuid }) => ({ name, topicId }))
  return client.ask(apis.deleteTopics, { ...some, topics: asked })
}

const names = (engine: Engine) => engine.topics().map(({ name }) => name)

it('a topic is deleted by its name in every version, and stays away after a restart', async () => {
  const directory = dataDirectory()
  const engine = await openEngine(directory)
  const client = await clientOf(engine)
  for (let version = 1; version <= 5; version++) {
    await engine.createTopic('a')
    await engine.createTopic(`b${version}`)
    const { responses } = await deleteNamed(client, ['a', 'none', 'a/b'], version)
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([0, 3, 3])
    expect(responses[1].errorMessage === null).toBe(version < 5)
  }
  const { id } = await engine.createTopic('a')
  const { responses } = await deleteThose(client, { name: 'a' })
  expect(responses).toEqual([{ name: 'a', topicId: id, errorCode: 0, errorMessage: null }])
  await engine.close()
  expect(names(await openEngine(directory))).toEqual(['b1', 'b2', 'b3', 'b4', 'b5'])
})

it('a topic is deleted by its id; one that is not known leaves all others', async () => {
  const engine = await openEngine()
  const client = await clientOf(engine)
  const { id } = await engine.createTopic('a')
  const { id: gone } = await engine.createTopic('b')
  await engine.deleteTopic('b')
  await engine.createTopic('b')
  const { responses } = await deleteThose(client, { topicId: id }, { topicId: gone })
  expect(responses).toMatchObject([
    { name: 'a', topicId: id, errorCode: 0 },
    { name: null, topicId: gone, errorCode: 100 },
  ])
  expect(names(engine)).toEqual(['b'])
})

it('an id holds for the topic that had it when it was asked for', async () => {
  const engine = await openEngine()
  const { id } = await engine.createTopic('a')
  const first = engine.deleteTopic('a')
  const made = engine.createTopic('a')
  await expect(engine.deleteTopic('a', id)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' })
  await first
  expect(engine.topic('a').id).toBe((await made).id)
})

it('what is asked for twice, by both or by neither is refused', async () => {
  const engine = await openEngine()
  const client = await clientOf(engine)
  const { id } = await engine.createTopic('a')
  const { id: other } = await engine.createTopic('b')
  const asked = [{ name: 'a' }, { name: 'a' }, { topicId: other }, { topicId: other }]
  const { responses } = await deleteThose(client, ...asked, {}, { name: 'a ', topicId: id })
  expect(responses.map(({ errorCode }) => errorCode)).toEqual([42, 42, 42, 42])
  expect(responses.every(({ errorMessage }) => errorMessage !== null)).toBe(true)
  expect(names(engine)).toEqual(['a', 'b'])
})

it('where groups keep their offsets is not deleted under them', async () => {
  const engine = await openEngine()
  await engine.groups()
  const { responses } = await deleteThose(await clientOf(engine), { name: '__consumer_offsets' })
  expect(responses).toMatchObject([
    { errorCode: 42, errorMessage: expect.stringMatching(/groups/) },
  ])
  expect(names(engine)).toEqual(['__consumer_offsets'])
})

it('where deleting is switched off no topic is deleted, and clients are told', async () => {
  const engine = await openEngine()
  const { id } = await engine.createTopic('a')
  const broker = await startBroker({ deleteTopics: false }, engine)
  const client = await WireClient.connect(broker.endpoints[0].port)
  const codes = async (version: number) => {
    const { responses } = await deleteNamed(client, ['a', 'none'], version)
    return responses.map(({ errorCode }) => errorCode)
  }
  expect(await codes(2)).toEqual([42, 42])
  expect(await codes(5)).toEqual([73, 73])
  expect((await deleteThose(client, { topicId: id })).responses).toMatchObject([
    { topicId: id, errorCode: 73 },
  ])
  expect(names(engine)).toEqual(['a'])
})
