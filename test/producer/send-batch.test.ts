import { describe, expect, it } from 'vitest'
import { Producer, type ProducerRecord } from '../../src/producer/index.js'
import { codeOf, readAll, records } from '../support/logs.js'
import { producerOf, Topics } from '../support/topics.js'

async function valuesIn(topics: Topics): Promise<string[]> {
  const logs = await topics.open('clicks')
  const found = (await Promise.all(logs.map((log) => readAll(log)))).flat()
  return found.map(({ value }) => String(value))
}

describe('sendBatch', () => {
  it.each(['round-robin', 'sticky', 'murmur2'] as const)(
    'says where each record has come to stand, by %s',
    async (partitioner) => {
      const topics = new Topics({ clicks: 3 })
      const logs = await topics.open('clicks')
      const producer = producerOf(topics, { partitioner, batchSize: 300 })
      const batch = Array.from({ length: 200 }, (_, i) => ({ key: `k${i % 17}`, value: `${i}` }))
      const found = await producer.sendBatch('clicks', batch)
      const stored = await Promise.all(logs.map((log) => readAll(log)))
      expect(found.map((at) => String(stored[at.partition]?.[at.offset]?.value))).toEqual(
        batch.map(({ value }) => value),
      )
    },
  )

  it('keeps the order among other sends, whether the topic is open or not, and memory full or not', async () => {
    const topics = new Topics({ clicks: 1 })
    const producer = producerOf(topics, { bufferMemory: 1024, batchSize: 300 })
    const values = Array.from({ length: 300 }, (_, i) => `${i}`)
    const sent: Promise<unknown>[] = []
    for (let i = 0; i < 300; i += 3) {
      sent.push(producer.send('clicks', { value: values[i] }))
      sent.push(producer.sendBatch('clicks', records(...values.slice(i + 1, i + 3))))
    }
    await Promise.all(sent)
    expect(await valuesIn(topics)).toEqual(values)
  })

  it('rejects with the first failure, and sends the others', async () => {
    const topics = new Topics({ clicks: 1 })
    await topics.open('clicks')
    const producer = producerOf(topics)
    const batch = [{ value: 'a' }, { value: 5 }, { value: 'c', partition: 9 }, { value: 'd' }]
    const send = () => producer.sendBatch('clicks', batch as ProducerRecord[])
    expect(await codeOf(send)).toBe('ERR_INVALID_ARGUMENT')
    await producer.flush()
    expect(await valuesIn(topics)).toEqual(['a', 'd'])
  })

  it('of nothing resolves with nothing', async () => {
    expect(await producerOf(new Topics({ clicks: 1 })).sendBatch('clicks', [])).toEqual([])
  })

  it('with acks 0 gives offsets that are not known', async () => {
    const topics = new Topics({ clicks: 1 }, { flush: 'sync' })
    await topics.open('clicks')
    const producer = producerOf(topics, { acks: 0 })
    const found = await producer.sendBatch('clicks', records('a', 'b'))
    expect(found.map(({ offset }) => offset)).toEqual([-1, -1])
    await producer.close()
  })

  it.each([null, undefined, 'records', { value: 'v' }])('refuses %j', async (batch) => {
    const producer = producerOf(new Topics({ clicks: 1 }))
    const send = () => producer.sendBatch('clicks', batch as unknown as ProducerRecord[])
    expect(await codeOf(send)).toBe('ERR_INVALID_ARGUMENT')
  })

  it("is withdrawn by its signal while it waits, with the signal's reason", async () => {
    const topics = new Topics({ clicks: 1 })
    const producer = producerOf(topics)
    const reason = new Error('enough')
    const abort = new AbortController()
    const sent = producer.sendBatch('clicks', records('a', 'b'), { signal: abort.signal })
    abort.abort(reason)
    await expect(sent).rejects.toBe(reason)
    const { signal } = abort
    await expect(producer.sendBatch('clicks', records('a'), { signal })).rejects.toBe(reason)
    await producer.flush()
    expect(await valuesIn(topics)).toEqual([])
  })
})

describe('records that wait for their topic', () => {
  it('stay before those that are sent once somebody else has opened it', async () => {
    const topics = new Topics({ clicks: 1 })
    let letThrough = () => {}
    const gate = new Promise<void>((resolve) => {
      letThrough = resolve
    })
    const find = (topic: string) => topics.find(topic)
    const open = async (topic: string) => {
      await gate
      return topics.open(topic)
    }
    const producer = new Producer({ find, open, producerId: () => topics.producerId() })
    const sent = [producer.send('clicks', { value: 'a' })]
    await topics.open('clicks')
    sent.push(producer.send('clicks', { value: 'b' }))
    producer.enqueue('clicks', { value: 'c' })
    const batch = producer.sendBatch('clicks', records('d', 'e'))
    letThrough()
    await Promise.all([...sent, batch])
    expect(await valuesIn(topics)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })
})

describe('a record', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['text', 'value'],
    ['bytes', Buffer.from('value')],
    ['a list', ['value']],
    ['nothing at all', {}],
    ['a misspelt field', { valeu: 'v' }],
    ['a number as key', { key: 1, value: 'v' }],
    ['null as name of a header', { value: 'v', headers: [[null, 'x']] }],
    ['a timestamp in the past of all', { value: 'v', timestamp: -2 }],
    ['memory that was transferred away', { value: transferred() }],
  ])('that is or has %s is refused', async (_, record) => {
    const topics = new Topics({ clicks: 1 })
    const producer = producerOf(topics)
    const send = () => producer.send('clicks', record as ProducerRecord)
    expect(await codeOf(send)).toBe('ERR_INVALID_ARGUMENT')
    await topics.open('clicks')
    expect(await codeOf(send)).toBe('ERR_INVALID_ARGUMENT')
    const enqueue = () => producer.enqueue('clicks', record as ProducerRecord)
    expect(await codeOf(enqueue)).toBe('ERR_INVALID_ARGUMENT')
    expect(await valuesIn(topics)).toEqual([])
  })

  it.each([-1, 1, 0.5, Number.NaN, '0', 'length'])('for partition %j is refused', async (given) => {
    const topics = new Topics({ clicks: 1 })
    const producer = producerOf(topics)
    const record = { value: 'v', partition: given as number }
    expect(await codeOf(() => producer.send('clicks', record))).toBe('ERR_NOT_FOUND')
    expect(await codeOf(() => producer.enqueue('clicks', record))).toBe('ERR_NOT_FOUND')
  })

  it.each<[string, () => number]>([
    ['throws', () => nothing().length],
    ['answers 99', () => 99],
    ['answers a fraction', () => 0.5],
  ])('whose partitioner %s is refused, and the others are sent', async (_, choose) => {
    const topics = new Topics({ clicks: 2 })
    await topics.open('clicks')
    const partitioner = (_topic: string, key: unknown) => (key === 'bad' ? choose() : 0)
    const producer = producerOf(topics, { partitioner })
    const batch = ['a', 'bad', 'b'].map((key) => ({ key, value: key }))
    expect(await codeOf(() => producer.sendBatch('clicks', batch))).toBe('ERR_PARTITIONER')
    const enqueue = () => producer.enqueue('clicks', { key: 'bad' })
    expect(await codeOf(enqueue)).toBe('ERR_PARTITIONER')
    await producer.flush()
    expect(await valuesIn(topics)).toEqual(['a', 'b'])
  })
})

describe('options', () => {
  it.each([
    { compression: 'gzip', compressionLevel: 10 },
    { compression: 'lz4', compressionLevel: 1 },
    { compression: 'brotli' },
    { partitioner: 'random' },
    { partitioner: {} },
    { lingerMs: -1 },
    { linger: 5 },
  ])('%j are refused when the producer is made', async (options) => {
    const make = () => producerOf(new Topics({ clicks: 1 }), options as object)
    expect(await codeOf(make)).toBe('ERR_INVALID_OPTION')
  })

  it.each(['gzip', 'zstd'] as const)('of %s: a level, which is used', async (compression) => {
    const sizes: number[] = []
    const value = Array.from({ length: 4000 }, (_, i) => `${(i * i) % 1009} `).join('')
    for (const compressionLevel of [1, 9]) {
      const topics = new Topics({ clicks: 1 })
      await producerOf(topics, { compression, compressionLevel }).send('clicks', { value })
      const [log] = await topics.open('clicks')
      sizes.push((await log?.read(0))?.sizeInBytes ?? 0)
    }
    expect(sizes[1]).toBeLessThan(sizes[0] as number)
  })
})

function transferred(): Uint8Array {
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

function nothing(): string {
  return undefined as unknown as string
}
