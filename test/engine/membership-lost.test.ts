import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Consumer } from '../../src/consumer/index.js'
import type { Engine } from '../../src/engine.js'
import { dataDirectory, openEngine } from '../support/engines.js'
import { codeOf } from '../support/logs.js'

const place = { topic: 'clicks', partition: 0 }
const fromStart = { groupId: 'g', autoOffsetReset: 'earliest' } as const

async function withRecords(count: number, topic = 'clicks', partitions = 1): Promise<Engine> {
  const engine = await openEngine()
  await engine.createTopic(topic, { partitions })
  await fill(engine, count, topic, partitions)
  return engine
}

async function fill(engine: Engine, count: number, topic = 'clicks', partitions = 1) {
  const records = Array.from({ length: count }, (_, i) => ({
    partition: i % partitions,
    value: String(i),
  }))
  await engine.producer().sendBatch(topic, records)
}

async function subscribed(engine: Engine, options = {}): Promise<Consumer> {
  const consumer = engine.consumer({ ...fromStart, ...options })
  await consumer.subscribe(['clicks'])
  return consumer
}

async function committedBy(engine: Engine): Promise<number | undefined> {
  return (await engine.consumer(fromStart).committed([place]))[0]?.offset
}

describe('what was polled', () => {
  it.each<[string, (consumer: Consumer) => Promise<void>]>([
    ['commit without arguments', (consumer) => consumer.commit()],
    ['closing', (consumer) => consumer.close()],
  ])('is done with for %s', async (_, end) => {
    const engine = await withRecords(3)
    const consumer = await subscribed(engine)
    expect(await consumer.poll(5000)).toHaveLength(3)
    await end(consumer)
    expect(await committedBy(engine)).toBe(3)
  })
})

describe('a member that was silent for too long', () => {
  it('does not take back what others have committed', async () => {
    const engine = await withRecords(100)
    const options = { maxPollIntervalMs: 50, heartbeatIntervalMs: 5, autoCommitIntervalMs: 5 }
    const silent = await subscribed(engine, { ...options, maxPollRecords: 10 })
    await silent.poll(5000)
    await silent.poll(5000)
    const isAlone = async () => (await (await engine.groups()).describe('g')).members.length === 0
    await expect.poll(isAlone, { timeout: 10_000, interval: 1 }).toBe(true)
    const other = await subscribed(engine)
    expect(await other.poll(5000)).not.toHaveLength(0)
    await other.close()
    expect(await codeOf(() => silent.commit())).toBe('ERR_UNKNOWN_MEMBER_ID')
    // Meanwhile it would commit by itself several times.
    expect(await (await subscribed(engine)).poll(30)).toEqual([])
    expect(await committedBy(engine)).toBe(100)
  })
})

describe('partitions that cannot be read from', () => {
  it('are tried again by every poll, until they can', async () => {
    const directory = dataDirectory()
    const before = await openEngine(directory)
    await before.createTopic('clicks', { partitions: 3 })
    await fill(before, 3, 'clicks', 3)
    await before.close()
    const path = join(directory, 'clicks-1/duramen.watermark')
    const sound = readFileSync(path)
    writeFileSync(path, 'rubbish')
    const consumer = await subscribed(await openEngine(directory))
    for (let i = 0; i < 3; i++) {
      expect(await codeOf(() => consumer.poll(5000))).toBe('ERR_CORRUPT_LOG')
    }
    writeFileSync(path, sound)
    const seen = new Set<number>()
    while (seen.size < 3) for (const { partition } of await consumer.poll(5000)) seen.add(partition)
    expect(consumer.assignment).toHaveLength(3)
  })

  it('of which one is revoked go to the other member, though the listener throws', async () => {
    const engine = await withRecords(0, 'clicks', 2)
    const options = { assignors: ['cooperative-sticky'] }
    const a = engine.consumer({ ...fromStart, ...options })
    const onRevoked = () => {
      throw new Error('from the listener')
    }
    await a.subscribe(['clicks'], { onRevoked })
    await a.poll(50)
    const b = await subscribed(engine, options)
    const both = async () => {
      await Promise.allSettled([a.poll(10), b.poll(10)])
      return [a.assignment.length, b.assignment.length]
    }
    await expect.poll(both, { timeout: 10_000, interval: 1 }).toEqual([1, 1])
  })
})

describe('a topic that is deleted', () => {
  it('takes what groups have committed for it along', async () => {
    const engine = await withRecords(100)
    const before = await subscribed(engine)
    await before.poll(5000)
    await before.close()
    await engine.deleteTopic('clicks')
    await engine.createTopic('clicks')
    await fill(engine, 150)
    const [first] = await (await subscribed(engine)).poll(5000)
    expect(first?.offset).toBe(0)
  })

  it('does not end the loop of a group that reads others, too', async () => {
    const engine = await withRecords(0)
    await engine.createTopic('other')
    const consumer = engine.consumer(fromStart)
    await consumer.subscribe(['clicks', 'other'])
    await consumer.poll(10)
    const next = consumer[Symbol.asyncIterator]().next()
    await engine.deleteTopic('clicks')
    await engine.producer().send('other', { value: 'still there' })
    expect(String((await next).value.value)).toBe('still there')
  })
})

describe('a consumer', () => {
  it('may be closed by its listener', async () => {
    const engine = await withRecords(1)
    const consumer = engine.consumer(fromStart)
    await consumer.subscribe(['clicks'], { onAssigned: () => consumer.close() })
    await consumer.poll(5000).catch(() => {})
    await engine.close()
  })

  it('that waits in a poll is answered when the engine is closed', async () => {
    const engine = await withRecords(0)
    const consumer = engine.consumer()
    await consumer.assign([{ ...place, offset: 0 }])
    const polled = consumer.poll(Number.MAX_SAFE_INTEGER)
    await engine.close()
    expect(await polled).toEqual([])
  })

  it('takes no topic of the engine itself for a pattern', async () => {
    const engine = await withRecords(1)
    const consumer = engine.consumer(fromStart)
    await consumer.subscribe(/.*/)
    expect(await consumer.poll(5000)).toHaveLength(1)
    expect(consumer.assignment).toEqual([place])
  })

  it('with the name of another static member puts that out, once', async () => {
    const engine = await withRecords(0)
    const options = { groupInstanceId: 'i' }
    const first = await subscribed(engine, options)
    await first.poll(10)
    const second = await subscribed(engine, options)
    await second.poll(10)
    const fenced = () => codeOf(() => first.poll(5))
    await expect.poll(fenced, { timeout: 10_000 }).toBe('ERR_FENCED_INSTANCE_ID')
    await second.poll(10)
    expect(second.assignment).toEqual([place])
  })
})

it('a producer id that comes again loses nothing', async () => {
  const directory = dataDirectory()
  const ids = join(directory, 'duramen.producer-ids')
  const once = async () => {
    const engine = await openEngine(directory, { autoCreateTopics: true })
    const producer = engine.producer()
    const { offset } = await producer.send('clicks', { value: 'v' })
    await engine.close()
    return [producer.producerId, offset]
  }
  const first = await once()
  cpSync(ids, `${directory}.ids`)
  const second = await once()
  cpSync(`${directory}.ids`, ids) // As from a backup.
  const third = await once()
  expect([first, second, third]).toEqual([
    [0, 0],
    [1000, 1],
    [1000, 2],
  ])
})
