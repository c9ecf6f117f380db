import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ProducerOptions, ProducerRecord } from '../../src/producer/index.js'
import { codeOf, readAll, turn } from '../support/logs.js'
import { producerOf, Topics } from '../support/topics.js'

const one = { clicks: 1 }

async function valuesIn(topics: Topics, topic = 'clicks'): Promise<string[]> {
  const logs = await topics.open(topic)
  const records = (await Promise.all(logs.map((log) => readAll(log)))).flat()
  return records.map(({ value }) => String(value))
}

afterEach(() => {
  vi.useRealTimers()
})

describe('send', () => {
  it('resolves with the partition and offset of the record', async () => {
    const topics = new Topics({ clicks: 2 })
    const producer = producerOf(topics)
    const sent = ['a', 'b', 'c'].map((value) => producer.send('clicks', { value }))
    expect(await Promise.all(sent)).toEqual([
      { topic: 'clicks', partition: 0, offset: 0 },
      { topic: 'clicks', partition: 1, offset: 0 },
      { topic: 'clicks', partition: 0, offset: 1 },
    ])
    expect(await producer.send('clicks', { value: 'd', partition: 1 })).toMatchObject({ offset: 1 })
  })

  it('keeps the order of a partition, whether the topic is open yet or not, and memory full or not', async () => {
    const topics = new Topics(one)
    const producer = producerOf(topics, { bufferMemory: 1024, batchSize: 300 })
    const values = Array.from({ length: 500 }, (_, i) => `value ${i}`)
    const sent = values.map((value) => producer.send('clicks', { value }))
    expect((await Promise.all(sent)).map(({ offset }) => offset)).toEqual(values.map((_, i) => i))
    expect(await valuesIn(topics)).toEqual(values)
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'keeps the order where %s compresses large batches elsewhere and small ones at once',
    async (compression) => {
      const topics = new Topics(one)
      const producer = producerOf(topics, { compression, batchSize: 20_000 })
      const values = Array.from({ length: 60 }, (_, i) => `${i}`.padEnd(i % 3 === 0 ? 25_000 : 10))
      const sent: Promise<unknown>[] = []
      for (const value of values) {
        sent.push(producer.send('clicks', { value }))
        if (sent.length % 7 === 0) await turn()
      }
      await Promise.all(sent)
      expect(await valuesIn(topics)).toEqual(values)
    },
  )

  it('puts records that are sent together into one batch, up to batchSize', async () => {
    const topics = new Topics(one)
    const producer = producerOf(topics, { batchSize: 1000 })
    const value = 'v'.repeat(100)
    await Promise.all(Array.from({ length: 20 }, () => producer.send('clicks', { value })))
    const [log] = await topics.open('clicks')
    const view = await (log as NonNullable<typeof log>).read(0)
    expect(view.bytes.readInt32BE(8) + 12).toBeLessThanOrEqual(1000)
    expect(view.bytes.readInt32BE(57)).toBeGreaterThan(5)
  })

  it('waits lingerMs for a batch to fill', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
    const topics = new Topics(one)
    const [log] = await topics.open('clicks')
    const producer = producerOf(topics, { lingerMs: 50 })
    const sent = producer.send('clicks', { value: 'a' })
    await vi.advanceTimersByTimeAsync(49)
    expect(log?.logEndOffset).toBe(0)
    await vi.advanceTimersByTimeAsync(3)
    expect(log?.logEndOffset).toBe(1)
    await sent
  })

  it('copies the bytes before it returns', async () => {
    const topics = new Topics(one)
    const producer = producerOf(topics)
    const value = Buffer.from('before')
    const first = producer.send('clicks', { value })
    value.fill('x')
    await first
    value.write('second')
    const second = producer.send('clicks', { value, headers: { h: value } })
    value.fill('x')
    await second
    expect(await valuesIn(topics)).toEqual(['before', 'second'])
  })

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'ERR_INVALID_ARGUMENT'],
    ['a number as value', { value: 5 }, 'ERR_INVALID_ARGUMENT'],
    ['a partition that is not there', { value: 'v', partition: 7 }, 'ERR_NOT_FOUND'],
    ['a record above maxRequestSize', { value: 'v'.repeat(3000) }, 'ERR_RECORD_TOO_LARGE'],
  ])('refuses %s, and sends what comes before and behind', async (_, record, code) => {
    const topics = new Topics(one)
    await topics.open('clicks')
    const producer = producerOf(topics, { maxRequestSize: 2000 })
    const before = producer.send('clicks', { value: 'before' })
    expect(await codeOf(() => producer.send('clicks', record as ProducerRecord))).toBe(code)
    await producer.send('clicks', { value: 'behind' })
    await before
    expect(await valuesIn(topics)).toEqual(['before', 'behind'])
  })

  it('refuses a topic that is not there', async () => {
    const producer = producerOf(new Topics(one))
    expect(await codeOf(() => producer.send('visits', { value: 'v' }))).toBe('ERR_NOT_FOUND')
  })

  it('gives up after maxBlockMs when there is no room', async () => {
    const topics = new Topics(one, { flush: 'sync' })
    const producer = producerOf(topics, {
      bufferMemory: 1024,
      maxBlockMs: 0,
      batchSize: 100_000,
      lingerMs: 1_000_000,
    })
    await topics.open('clicks')
    const value = 'v'.repeat(600)
    const first = [producer.send('clicks', { value }), producer.send('clicks', { value })]
    expect(await codeOf(() => producer.send('clicks', { value }))).toBe('ERR_BUFFER_FULL')
    await producer.flush()
    expect(await Promise.all(first)).toHaveLength(2)
  })

  it('with acks 0 waits for nothing', async () => {
    const topics = new Topics(one, { flush: 'sync' })
    const [log] = await topics.open('clicks')
    const producer = producerOf(topics, { acks: 0 })
    expect(await producer.send('clicks', { value: 'v' })).toEqual({
      topic: 'clicks',
      partition: 0,
      offset: -1,
    })
    expect(log?.logEndOffset).toBe(0)
    await producer.flush()
    expect(log?.logEndOffset).toBe(1)
  })

  it.each<[ProducerOptions['acks'], boolean]>([
    ['all', true],
    [1, false],
  ])('with acks %s: durable %s, in a log that flushes', async (acks, durable) => {
    const topics = new Topics(one, { flush: 'sync' })
    const [log] = await topics.open('clicks')
    const producer = producerOf(topics, { acks })
    let durableOffset = -1
    await producer.send('clicks', { value: 'v' }).then(() => {
      durableOffset = log?.durableOffset ?? -1
    })
    if (durable) expect(durableOffset).toBe(1)
    else expect(log?.logEndOffset).toBe(1)
  })

  it("is withdrawn by its signal while it waits, with the signal's reason", async () => {
    const topics = new Topics(one)
    const producer = producerOf(topics)
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(producer.send('clicks', { value: 'v' }, { signal })).rejects.toBe(reason)
    const later = new AbortController()
    const sent = producer.send('clicks', { value: 'v' }, { signal: later.signal })
    later.abort(reason)
    await expect(sent).rejects.toBe(reason)
    await producer.flush()
    expect(await valuesIn(topics)).toEqual([])
  })
})

describe('enqueue', () => {
  it('says when there is more under way than bufferMemory, and drained resolves when there is not', async () => {
    const topics = new Topics(one)
    await topics.open('clicks')
    const producer = producerOf(topics, { bufferMemory: 5000, batchSize: 100_000, lingerMs: 1 })
    let taken = 0
    while (producer.enqueue('clicks', { value: 'v'.repeat(100) })) taken++
    expect(taken).toBeGreaterThan(30)
    expect(taken).toBeLessThan(50)
    await producer.drained()
    expect(producer.enqueue('clicks', { value: 'v' })).toBe(true)
    await producer.flush()
    expect(await valuesIn(topics)).toHaveLength(taken + 2)
  })

  it('stays behind the sends that wait for room', async () => {
    const topics = new Topics(one)
    await topics.open('clicks')
    const producer = producerOf(topics, { bufferMemory: 1024, batchSize: 100_000 })
    const values = Array.from({ length: 60 }, (_, i) => `value ${i}`.padEnd(40))
    for (const [i, value] of values.entries()) {
      if (i % 3 === 2) producer.enqueue('clicks', { value })
      else void producer.send('clicks', { value })
    }
    await producer.flush()
    expect(await valuesIn(topics)).toEqual(values)
  })

  it("stops waiting for room with the signal's reason", async () => {
    const topics = new Topics(one)
    await topics.open('clicks')
    const producer = producerOf(topics, {
      bufferMemory: 1024,
      batchSize: 100_000,
      lingerMs: 100_000,
    })
    while (producer.enqueue('clicks', { value: 'v'.repeat(100) }));
    const abort = new AbortController()
    const reason = new Error('enough')
    const drained = producer.drained({ signal: abort.signal })
    abort.abort(reason)
    await expect(drained).rejects.toBe(reason)
    await expect(producer.drained({ signal: abort.signal })).rejects.toBe(reason)
    await producer.flush()
    await producer.drained()
  })

  it('reports failures to onError, and to the next flush alone', async () => {
    const topics = new Topics(one)
    const [log] = await topics.open('clicks')
    const producer = producerOf(topics)
    const told: unknown[] = []
    producer.onError = (error, where) => told.push([(error as { code: string }).code, where])
    producer.enqueue('clicks', { value: 'v' })
    await log?.close()
    expect(await codeOf(() => producer.flush())).toBe('ERR_CLOSED')
    expect(told).toEqual([['ERR_CLOSED', { topic: 'clicks', partition: 0 }]])
    expect(await codeOf(() => producer.flush())).toBe('no error')
  })

  it('takes records of a topic that is yet to be opened', async () => {
    const topics = new Topics(one)
    const producer = producerOf(topics)
    const value = Buffer.from('first')
    expect(producer.enqueue('clicks', { value })).toBe(false)
    value.fill('x')
    producer.enqueue('clicks', { value: 'second' })
    await producer.drained()
    await producer.flush()
    expect(await valuesIn(topics)).toEqual(['first', 'second'])
  })
})

describe('close', () => {
  it('sends what it has, and then refuses', async () => {
    const topics = new Topics(one)
    const producer = producerOf(topics, { lingerMs: 1_000_000 })
    const sent = producer.send('clicks', { value: 'v' })
    await producer.close()
    expect(await sent).toMatchObject({ offset: 0 })
    expect(await codeOf(() => producer.send('clicks', { value: 'v' }))).toBe('ERR_CLOSED')
    expect(await codeOf(() => producer.enqueue('clicks', { value: 'v' }))).toBe('ERR_CLOSED')
    await producer.close()
  })
})
