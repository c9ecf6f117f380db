import { describe, expect, it } from 'vitest'
import { consumerOf, first } from '../support/consumers.js'
import { codeOf, faultOf } from '../support/logs.js'

const json = (bytes: Buffer) => JSON.parse(String(bytes)) as { n: number }

async function withJson(...values: (string | null)[]) {
  const made = await consumerOf([0, 0], { keyDeserializer: String, valueDeserializer: json })
  for (const [i, value] of values.entries()) await made.log.append({ key: `k${i}`, value })
  return made
}

describe('deserializers', () => {
  it('make the keys and values of records, of polls and of batches', async () => {
    const { consumer } = await withJson('{"n":1}', '{"n":2}')
    const numbers: (number | undefined)[] = []
    for await (const { key, value } of consumer) {
      numbers.push(value?.n)
      if (key === 'k1') break
    }
    consumer.seekToBeginning()
    for (const { value } of await consumer.poll(0)) numbers.push(value?.n)
    consumer.seekToBeginning()
    for await (const batch of consumer.batches()) {
      for (const { value } of batch) numbers.push(value?.n)
      break
    }
    expect(numbers).toEqual([1, 2, 1, 2, 1, 2])
  })

  it('are told topic and headers, and are not asked for null', async () => {
    const told: unknown[] = []
    const { consumer, log } = await consumerOf([0, 0], {
      valueDeserializer: (bytes, topic, headers) => told.push([String(bytes), topic, headers]),
    })
    await log.append([{ value: null }, { value: 'v', headers: { h: 'x' } }])
    const [tombstone, record] = await consumer.poll(0)
    expect([tombstone?.value, record?.value]).toEqual([null, 1])
    expect(told).toEqual([['v', 'clicks', [['h', Buffer.from('x')]]]])
  })

  it('leave records that can be shown, copied and turned into JSON', async () => {
    const { consumer } = await withJson('{"n":1}')
    const [record] = await consumer.poll(0)
    expect(record?.copy()).toEqual(record)
    expect(record?.toJSON()).toMatchObject({ key: 'k0', value: { n: 1 } })
  })

  it('that throw end the loop with an error that names the record, which can be skipped', async () => {
    const { consumer } = await withJson('{"n":1}', 'not json', '{"n":3}')
    const seen: (number | undefined)[] = []
    const loop = async () => {
      for await (const { value } of consumer) {
        seen.push(value?.n)
        if (value?.n === 3) break
      }
    }
    for (let i = 0; i < 2; i++) {
      const fault = await faultOf(loop)
      expect(fault).toMatchObject({
        code: 'ERR_DESERIALIZER',
        ...first,
        fromOffset: 1,
        toOffset: 1,
      })
      expect(fault?.message).toMatch(/valueDeserializer .* clicks-0, offset 1/)
      expect(fault?.cause).toBeInstanceOf(SyntaxError)
    }
    expect(consumer.position(first)).toBe(1)
    consumer.seek({ ...first, offset: 2 })
    await loop()
    expect(seen).toEqual([1, 3])
  })

  it('that throw in a poll let those before the record be given first', async () => {
    const { consumer } = await withJson('{"n":1}', 'not json', '{"n":3}')
    expect(await consumer.poll(0)).toHaveLength(1)
    const fault = await faultOf(() => consumer.poll(0))
    expect(fault?.code).toBe('ERR_DESERIALIZER')
    expect(consumer.position(first)).toBe(1)
    consumer.seek({ ...first, offset: (fault?.toOffset ?? 0) + 1 })
    expect((await consumer.poll(0)).map(({ value }) => value?.n)).toEqual([3])
  })

  it('that throw in a batch leave the loop to the application', async () => {
    const { consumer } = await withJson('{"n":1}', 'not json')
    for await (const batch of consumer.batches()) {
      expect(await codeOf(() => [...batch])).toBe('ERR_DESERIALIZER')
      expect(batch.nextOffset).toBe(2)
      break
    }
  })

  it('are functions', async () => {
    const options = { valueDeserializer: 'json' } as object
    expect(await codeOf(() => consumerOf([0, 0], options))).toBe('ERR_INVALID_OPTION')
  })
})
