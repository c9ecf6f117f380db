import { describe, expect, it } from 'vitest'
import type { Consumer, ConsumerBatch } from '../../src/consumer/index.js'
import { consumerOf, first, take } from '../support/consumers.js'
import { openEngine } from '../support/engines.js'
import { codeOf, records } from '../support/logs.js'

const valuesOf = (batch: ConsumerBatch) => Array.from(batch, ({ value }) => String(value))

async function takeBatch(consumer: Consumer): Promise<ConsumerBatch> {
  for await (const batch of consumer.batches()) return batch
  throw new Error('the loop has ended')
}

describe('a loop by batch', () => {
  it('gives what is there of one partition after the other', async () => {
    const { consumer } = await consumerOf([3, 2])
    const found: unknown[] = []
    for await (const batch of consumer.batches()) {
      const { topic, partition, fromOffset, nextOffset } = batch
      found.push({ topic, partition, fromOffset, nextOffset, values: valuesOf(batch) })
      if (found.length === 2) break
    }
    expect(found).toEqual([
      { ...first, fromOffset: 0, nextOffset: 3, values: ['0-0', '0-1', '0-2'] },
      { topic: 'clicks', partition: 1, fromOffset: 0, nextOffset: 2, values: ['1-0', '1-1'] },
    ])
  })

  it('can be walked by a cursor, and more than once', async () => {
    const { consumer } = await consumerOf([3, 0])
    const batch = await takeBatch(consumer)
    const cursor = batch.cursor()
    const offsets: number[] = []
    while (cursor.next()) offsets.push(cursor.offset)
    expect(offsets).toEqual([0, 1, 2])
    expect(valuesOf(batch)).toEqual(['0-0', '0-1', '0-2'])
  })

  it('passes a batch when the next is asked for, and comes again to one on which it was left', async () => {
    const { consumer, log } = await consumerOf([3, 0])
    const loop = consumer.batches()
    await loop.next()
    expect(consumer.position(first)).toBe(0)
    const next = loop.next()
    await log.append(records('0-3', '0-4'))
    expect((await next).value.fromOffset).toBe(3)
    expect(consumer.position(first)).toBe(3)
    await loop.return?.()
    expect(consumer.position(first)).toBe(3)
    expect(await take(consumer, 2)).toEqual(['0-3', '0-4'])
  })

  it('goes on where a poll or a loop by record stopped, in the middle of what was read', async () => {
    const { consumer, log } = await consumerOf([0, 0], { maxPollRecords: 2 })
    await log.append(records('a', 'b', 'c', 'd', 'e'))
    await consumer.poll(0)
    const batch = await takeBatch(consumer)
    expect([batch.fromOffset, valuesOf(batch)]).toEqual([2, ['c', 'd', 'e']])
    await take(consumer, 2)
    expect((await takeBatch(consumer)).fromOffset).toBe(3)
  })

  it('is one at a time, with loops by record', async () => {
    const { consumer } = await consumerOf([1, 0])
    const loop = consumer.batches()
    expect(await codeOf(() => consumer.records())).toBe('ERR_CONSUMER_BUSY')
    expect(await codeOf(() => consumer.batches())).toBe('ERR_CONSUMER_BUSY')
    await loop.return?.()
    expect(await take(consumer, 1)).toEqual(['0-0'])
  })

  it("ends with the signal's reason when it is aborted while it waits", async () => {
    const { consumer } = await consumerOf([0, 0])
    const abort = new AbortController()
    const reason = new Error('enough')
    const next = consumer.batches({ signal: abort.signal }).next()
    abort.abort(reason)
    await expect(next).rejects.toBe(reason)
  })

  it('starts where it is sought to, also from within', async () => {
    const { consumer } = await consumerOf([4, 0])
    const starts: number[] = []
    for await (const { fromOffset } of consumer.batches()) {
      starts.push(fromOffset)
      if (starts.length === 3) break
      consumer.seek({ ...first, offset: starts.length })
    }
    expect(starts).toEqual([0, 1, 2])
  })

  it('ends when the consumer is closed', async () => {
    const { consumer } = await consumerOf([0, 0])
    const next = consumer.batches().next()
    await consumer.close()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await codeOf(() => consumer.batches())).toBe('ERR_CLOSED')
  })
})

describe('committing a batch', () => {
  it('commits the offset behind its last record', async () => {
    const engine = await openEngine()
    await engine.createTopic('clicks')
    const producer = engine.producer()
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send('clicks', { value })))
    const consumer = engine.consumer({ groupId: 'g', autoOffsetReset: 'earliest' })
    await consumer.subscribe(['clicks'])
    const batch = await takeBatch(consumer)
    expect(await consumer.committed()).toEqual([])
    await batch.commit()
    expect(await consumer.committed()).toMatchObject([{ ...first, offset: 3 }])
  })

  it('by itself does not cover the batch on which the loop was left', async () => {
    const engine = await openEngine()
    await engine.createTopic('clicks')
    await engine.producer().send('clicks', { value: 'a' })
    const options = { groupId: 'g', autoOffsetReset: 'earliest' } as const
    const consumer = engine.consumer(options)
    await consumer.subscribe(['clicks'])
    await takeBatch(consumer)
    await consumer.close()
    const again = engine.consumer(options)
    await again.subscribe(['clicks'])
    expect(valuesOf(await takeBatch(again))).toEqual(['a'])
  })

  it('needs a group', async () => {
    const { consumer } = await consumerOf([1, 0])
    const batch = await takeBatch(consumer)
    expect(await codeOf(() => batch.commit())).toBe('ERR_INVALID_GROUP_ID')
  })
})
