import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ConsumerOptions } from '../../src/consumer/index.js'
import type { Engine } from '../../src/engine.js'
import { encodeMarker } from '../../src/record/index.js'
import { take } from '../support/consumers.js'
import { openEngine } from '../support/engines.js'
import { expectedRecords, type Isolation, unpackGolden } from '../support/golden.js'
import { memoryDirectory, plain } from '../support/logs.js'

const producer = { producerId: 1, producerEpoch: 0, isTransactional: true }

async function consumerOf(engine: Engine, topic: string, options: Partial<ConsumerOptions> = {}) {
  const consumer = engine.consumer({
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
    ...options,
  })
  await consumer.assign([{ topic, partition: 0 }])
  return consumer
}

async function transactions() {
  const engine = await openEngine()
  await engine.createTopic('clicks')
  const log = await engine.log('clicks', 0)
  const send = (value: string, baseSequence: number) =>
    log.append([{ value }], { ...producer, baseSequence })
  const end = (type: 'abort' | 'commit') =>
    log.append([encodeMarker({ type, coordinatorEpoch: 0 })], { ...producer, isControl: true })
  return { engine, send, end }
}

describe.each(['read_committed', 'read_uncommitted'] as const)('a consumer with %s', (level) => {
  it.each(['clean', 'unclean'] as const)('gives what Kafka gave of a %s log', async (state) => {
    const directory = join(memoryDirectory(), 'data')
    unpackGolden(state, directory)
    const engine = await openEngine(directory)
    const isolation: Isolation = level
    const { records } = expectedRecords(isolation, 'transactions-0')
    const consumer = await consumerOf(engine, 'transactions', { isolationLevel: level })
    const found = []
    while (found.length < records.length) found.push(...(await consumer.poll(5000)))
    expect(found.map(plain)).toEqual(records)
    expect(await consumer.poll(0)).toEqual([])
  })
})

it('is woken by the commit of what it waits for', async () => {
  const { engine, send, end } = await transactions()
  const consumer = await consumerOf(engine, 'clicks')
  await send('a', 0)
  const waiting = take(consumer, 2)
  await send('b', 1)
  await end('commit')
  expect(await waiting).toEqual(['a', 'b'])
})

it('ends, and begins at the latest, where the first open transaction begins', async () => {
  const { engine, send, end } = await transactions()
  await send('a', 0)
  await end('abort')
  await send('b', 1)
  const consumer = await consumerOf(engine, 'clicks', { autoOffsetReset: 'latest' })
  const place = { topic: 'clicks', partition: 0 }
  expect(consumer.position(place)).toBe(2)
  consumer.seekToBeginning()
  expect(consumer.lag(place)).toBe(2)
  consumer.seekToEnd()
  expect(consumer.position(place)).toBe(2)
  await end('commit')
  expect(await take(consumer, 1)).toEqual(['b'])
})
