import { describe, expect, it } from 'vitest'
import { open } from '../../src/engine.js'
import { take } from '../support/consumers.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { codeOf } from '../support/logs.js'

const first = { topic: 'clicks', partition: 0 }

describe('an engine', () => {
  it('has topics, what was sent to them, and what was committed, when it is opened again', async () => {
    const directory = dataDirectory()
    const engine = await openEngine(directory)
    await engine.createTopic('clicks', { partitions: 2, config: { retentionMs: 1000 } })
    const producer = engine.producer({ compression: 'lz4' })
    const sent = ['a', 'b', 'c'].map((value) => producer.send('clicks', { key: 'k', value }))
    await Promise.all(sent)
    const consumer = engine.consumer({ groupId: 'billing', autoOffsetReset: 'earliest' })
    await consumer.subscribe(['clicks'])
    expect(await take(consumer, 2)).toEqual(['a', 'b'])
    await engine.close()

    const again = await openEngine(directory)
    expect(again.topic('clicks')).toMatchObject({ partitions: 2, config: { retentionMs: 1000 } })
    const next = again.consumer({ groupId: 'billing', autoOffsetReset: 'earliest' })
    await next.subscribe(['clicks'])
    expect((await next.poll(5000)).map(({ value }) => String(value))).toEqual(['b', 'c'])
  })

  it('is one a directory, in this process as in others', async () => {
    const directory = dataDirectory()
    await openEngine(directory)
    expect(await codeOf(() => open(directory))).toBe('ERR_LOCKED')
  })

  it('sends what producers have when it is closed, and refuses afterwards', async () => {
    const directory = dataDirectory()
    const engine = await openEngine(directory)
    await engine.createTopic('clicks')
    const producer = engine.producer({ lingerMs: 1_000_000 })
    const sent = producer.send('clicks', { value: 'v' })
    await engine.close()
    expect(await sent).toEqual({ ...first, offset: 0 })
    for (const call of [
      () => engine.producer(),
      () => engine.consumer(),
      () => engine.createTopic('visits'),
      () => engine.log('clicks', 0),
      () => producer.send('clicks', { value: 'v' }),
    ]) {
      expect(await codeOf(call)).toBe('ERR_CLOSED')
    }
    await engine.close()
  })

  it.each<[string, object]>([
    ['an option that there is not', { flsh: 'os' }],
    ['one out of bounds', { numPartitions: 0 }],
    ['one of the groups', { groups: { groupMaxSize: 0 } }],
  ])('refuses %s', async (_, options) => {
    const call = async () => {
      const engine = await openEngine(dataDirectory(), options)
      await engine.groups()
    }
    expect(await codeOf(call)).toBe('ERR_INVALID_OPTION')
  })

  it('makes missing topics where it is told to', async () => {
    const engine = await openEngine(dataDirectory(), { autoCreateTopics: true, numPartitions: 3 })
    const producer = engine.producer()
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send('clicks', { value })))
    expect(engine.topic('clicks').partitions).toBe(3)
    const strict = await openEngine()
    expect(await codeOf(() => strict.producer().send('clicks', { value: 'v' }))).toBe(
      'ERR_NOT_FOUND',
    )
  })
})

describe('a topic', () => {
  it('that gets partitions is sent to in all of them, and its consumers are given them', async () => {
    const engine = await openEngine()
    await engine.createTopic('clicks')
    const consumer = engine.consumer({ groupId: 'g', autoOffsetReset: 'earliest' })
    await consumer.subscribe(['clicks'])
    const producer = engine.producer({ partitioner: 'round-robin' })
    await producer.send('clicks', { value: 'before' })
    expect(await take(consumer, 1)).toEqual(['before'])
    await engine.addPartitions('clicks', 3)
    const sent = ['a', 'b', 'c'].map((value) => producer.send('clicks', { value }))
    expect(new Set((await Promise.all(sent)).map(({ partition }) => partition)).size).toBe(3)
    expect((await take(consumer, 4)).sort()).toEqual(['a', 'b', 'before', 'c'])
  })

  it('that is deleted is gone for all, and may be made anew', async () => {
    const engine = await openEngine()
    await engine.createTopic('clicks')
    const producer = engine.producer()
    await producer.send('clicks', { value: 'old' })
    const log = await engine.log('clicks', 0)
    const view = await log.read(0)
    await engine.deleteTopic('clicks')
    expect(await codeOf(() => producer.send('clicks', { value: 'v' }))).toBe('ERR_NOT_FOUND')
    expect([...view].map(({ value }) => String(value))).toEqual(['old'])
    await engine.createTopic('clicks')
    expect(await producer.send('clicks', { value: 'new' })).toEqual({ ...first, offset: 0 })
  })

  it('is found by its name and its id while it is there', async () => {
    const engine = await openEngine()
    const { id } = await engine.createTopic('clicks')
    expect(engine.findTopic('clicks')?.id).toBe(id)
    expect(engine.findTopicById(id)?.name).toBe('clicks')
    await engine.deleteTopic('clicks')
    expect(engine.findTopicById(id)).toBeUndefined()
    const again = await engine.createTopic('clicks')
    expect(engine.findTopicById(again.id)?.name).toBe('clicks')
    expect(engine.findTopicById(id)).toBeUndefined()
  })

  it('has fewer records once they are deleted', async () => {
    const engine = await openEngine()
    await engine.createTopic('clicks')
    const producer = engine.producer()
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send('clicks', { value })))
    await engine.deleteRecords(first, 2)
    const consumer = engine.consumer({ autoOffsetReset: 'earliest' })
    await consumer.assign([first])
    expect(await take(consumer, 1)).toEqual(['c'])
  })

  it('is searched by time', async () => {
    const engine = await openEngine()
    await engine.createTopic('clicks')
    const producer = engine.producer()
    for (const timestamp of [1000, 2000, 3000]) {
      await producer.send('clicks', { value: 'v', timestamp })
    }
    expect(await engine.offsetForTimestamp(first, 1500)).toMatchObject({
      offset: 1,
      timestamp: 2000,
    })
    expect(await engine.offsetForTimestamp(first, 3001)).toBeNull()
  })
})
