import { describe, expect, it } from 'vitest'
import type { ProducerOptions } from '../../src/producer/index.js'
import { batches, type RecordBatch } from '../../src/record/index.js'
import { codeOf, type PartitionLog } from '../support/logs.js'
import { producerOf, Topics } from '../support/topics.js'

async function batchesOf(log: PartitionLog | undefined): Promise<RecordBatch[]> {
  if (log === undefined) return []
  return [...batches((await log.read(0, { maxBytes: 2 ** 31 - 1 })).bytes)]
}

/** Who sent each batch, and the sequences of its records. */
async function sentTo(topics: Topics, partition = 0) {
  const [...found] = await batchesOf((await topics.open('clicks'))[partition])
  return found.map(({ producerId, producerEpoch, baseSequence, recordCount }) => ({
    producerId,
    producerEpoch,
    baseSequence,
    recordCount,
  }))
}

async function sendEach(topics: Topics, values: string[], options: Partial<ProducerOptions> = {}) {
  const producer = producerOf(topics, { batchSize: 0, ...options })
  await Promise.all(values.map((value) => producer.send('clicks', { value, partition: 0 })))
  return producer
}

describe('an idempotent producer', () => {
  it('numbers the records of each partition one after the other', async () => {
    const topics = new Topics({ clicks: 2 })
    const producer = producerOf(topics, { batchSize: 200 })
    const value = 'v'.repeat(50)
    for (let i = 0; i < 30; i++)
      producer.enqueue('clicks', { value, partition: i % 3 === 0 ? 0 : 1 })
    await producer.flush()
    for (const [partition, count] of [10, 20].entries()) {
      const sent = await sentTo(topics, partition)
      expect(sent.length).toBeGreaterThan(2)
      let next = 0
      for (const { recordCount, ...batch } of sent) {
        expect(batch).toEqual({ producerId: 0, producerEpoch: 0, baseSequence: next })
        next += recordCount
      }
      expect(next).toBe(count)
    }
  })

  it.each(['gzip', 'zstd'] as const)(
    'numbers batches that %s compresses elsewhere in the order of the log',
    async (compression) => {
      const topics = new Topics({ clicks: 1 })
      const values = Array.from({ length: 12 }, (_, i) => `${i}`.repeat(i % 2 === 0 ? 30_000 : 3))
      await sendEach(topics, values, { compression })
      const sent = await sentTo(topics)
      expect(sent.map(({ baseSequence }) => baseSequence)).toEqual(values.map((_, i) => i))
    },
  )

  it('takes its id with the first batch, and each producer another', async () => {
    const topics = new Topics({ clicks: 1 })
    const [first, second] = [producerOf(topics), producerOf(topics)]
    expect(first.producerId).toBeUndefined()
    await second.send('clicks', { value: 'a' })
    expect([first.producerId, second.producerId]).toEqual([undefined, 0])
    await first.send('clicks', { value: 'b' })
    expect(first.producerId).toBe(1)
  })

  it('leaves no gap where a batch is refused', async () => {
    const topics = new Topics({ clicks: 1 }, { flush: 'os', maxMessageBytes: 1000 })
    const producer = await sendEach(topics, ['a', 'b'])
    const large = { value: Buffer.alloc(2000) }
    expect(await codeOf(() => producer.send('clicks', large))).toBe('ERR_BATCH_TOO_LARGE')
    await producer.send('clicks', { value: 'c' })
    expect((await sentTo(topics)).map(({ baseSequence }) => baseSequence)).toEqual([0, 1, 2])
  })

  it('goes on in a new epoch where the log was cut below what it has sent', async () => {
    const topics = new Topics({ clicks: 1 })
    const producer = await sendEach(topics, ['a', 'b', 'c'])
    await (await topics.openPartition('clicks', 0)).truncateTo(1)
    await producer.send('clicks', { value: 'd' })
    await producer.send('clicks', { value: 'e' })
    expect(await sentTo(topics)).toMatchObject([
      { producerEpoch: 0, baseSequence: 0 },
      { producerEpoch: 1, baseSequence: 0 },
      { producerEpoch: 1, baseSequence: 1 },
    ])
  })

  it('fails what it cannot take an id for, and tries again with the next batch', async () => {
    const topics = new Topics({ clicks: 1 })
    const take = topics.producerId.bind(topics)
    topics.producerId = () => Promise.reject(new Error('the disk is full'))
    const producer = producerOf(topics)
    await expect(producer.send('clicks', { value: 'a' })).rejects.toThrow('the disk is full')
    topics.producerId = take
    expect(await producer.send('clicks', { value: 'b' })).toMatchObject({ offset: 0 })
    expect(await sentTo(topics)).toMatchObject([{ producerId: 0, baseSequence: 0 }])
  })
})

describe('enableIdempotence', () => {
  it('is off where it is said, or where acks are fewer', async () => {
    for (const options of [{ enableIdempotence: false }, { acks: 1 }, { acks: 0 }] as const) {
      const topics = new Topics({ clicks: 1 })
      const producer = await sendEach(topics, ['a'], options)
      await producer.flush()
      expect(producer.options.enableIdempotence).toBe(false)
      expect(producer.producerId).toBeUndefined()
      expect(await sentTo(topics)).toMatchObject([{ producerId: -1, baseSequence: -1 }])
    }
  })

  it('is refused beside fewer acks', async () => {
    const topics = new Topics({ clicks: 1 })
    const options = { enableIdempotence: true, acks: 1 } as const
    expect(await codeOf(() => producerOf(topics, options))).toBe('ERR_INVALID_OPTION')
  })
})
