import { describe, expect, it } from 'vitest'
import { Producer, type ProducerRecord } from '../../src/producer/index.js'
import { codeOf, faultOf, readAll } from '../support/logs.js'
import { Topics } from '../support/topics.js'

const json = (value: { n: number }) => JSON.stringify(value)

async function setUp() {
  const topics = new Topics({ clicks: 2 })
  const logs = await topics.open('clicks')
  const read = async () => {
    const records = (await Promise.all(logs.map((log) => readAll(log)))).flat()
    return records.map(({ key, value }) => [key && String(key), value && String(value)])
  }
  return { topics, read }
}

describe('serializers', () => {
  it('make the bytes of keys and values, however records are sent', async () => {
    const { topics, read } = await setUp()
    const producer = new Producer(topics, { keySerializer: String, valueSerializer: json })
    await producer.send('clicks', { key: 1, value: { n: 1 }, partition: 0 })
    producer.enqueue('clicks', { key: 2, value: { n: 2 }, partition: 0 })
    await producer.sendBatch('clicks', [{ key: 3, value: { n: 3 }, partition: 0 }])
    expect(await read()).toEqual([
      ['1', '{"n":1}'],
      ['2', '{"n":2}'],
      ['3', '{"n":3}'],
    ])
  })

  it('are told the topic, and are not asked for what is null', async () => {
    const { topics, read } = await setUp()
    const told: unknown[] = []
    const valueSerializer = (value: number, topic: string) => {
      told.push([value, topic])
      return Buffer.from([value])
    }
    const producer = new Producer(topics, { valueSerializer, partitioner: () => 0 })
    await producer.sendBatch('clicks', [{ value: null }, { value: 65 }])
    expect(told).toEqual([[65, 'clicks']])
    expect(await read()).toEqual([
      [null, null],
      [null, 'A'],
    ])
  })

  it('are asked before the partitioner, and before a record waits for its topic', async () => {
    const topics = new Topics({ clicks: 2 })
    const seen: unknown[] = []
    const producer = new Producer(topics, {
      keySerializer: (key: number) => `key ${key}`,
      partitioner: (_topic, key) => {
        seen.push(String(key))
        return 1
      },
    })
    const key = 7
    await producer.send('clicks', { key, value: 'v' })
    await producer.send('clicks', { key, value: 'v' })
    expect(seen).toEqual(['key 7', 'key 7'])
  })

  it('that throw are told with the topic, and other records are sent', async () => {
    const { topics, read } = await setUp()
    const cause = new Error('no')
    const valueSerializer = (value: string) => {
      if (value === 'bad') throw cause
      return value
    }
    const producer = new Producer(topics, { valueSerializer, partitioner: () => 0 })
    const fault = await faultOf(() => producer.send('clicks', { value: 'bad' }))
    expect(fault).toMatchObject({ code: 'ERR_SERIALIZER', topic: 'clicks', cause })
    expect(fault?.message).toMatch(/valueSerializer threw 'no' for a record of clicks/)
    expect(await codeOf(() => producer.enqueue('clicks', { value: 'bad' }))).toBe('ERR_SERIALIZER')
    const batch = ['a', 'bad', 'b'].map((value) => ({ value }))
    expect(await codeOf(() => producer.sendBatch('clicks', batch))).toBe('ERR_SERIALIZER')
    await producer.flush()
    expect(await read()).toEqual([
      [null, 'a'],
      [null, 'b'],
    ])
  })

  it('do not make a record of what is none', async () => {
    const { topics, read } = await setUp()
    const producer = new Producer(topics, { valueSerializer: json })
    for (const record of [undefined, null, 5]) {
      const send = () => producer.send('clicks', record as unknown as ProducerRecord<never, never>)
      expect(await codeOf(send)).toBe('ERR_INVALID_ARGUMENT')
    }
    expect(await read()).toEqual([])
  })

  it('that give no bytes are refused', async () => {
    const { topics } = await setUp()
    const producer = new Producer(topics, { valueSerializer: (value: number) => value as never })
    expect(await codeOf(() => producer.send('clicks', { value: 5 }))).toBe('ERR_INVALID_ARGUMENT')
    const options = { keySerializer: 'json' } as object
    expect(await codeOf(() => new Producer(topics, options))).toBe('ERR_INVALID_OPTION')
  })
})
