import { describe, expect, it } from 'vitest'
import { consumerOf, first, second, take } from '../support/consumers.js'
import { codeOf } from '../support/logs.js'

const large = { value: 'v'.repeat(1000) }
const forever = 2 ** 31 - 1

describe('fetchMinBytes', () => {
  it('holds back what comes until there is so much, of all partitions together', async () => {
    const options = { fetchMinBytes: 2500, fetchMaxWaitMs: forever }
    const { consumer, log, other } = await consumerOf([0, 0], options)
    expect(await consumer.poll(0)).toEqual([])
    await log.append(large)
    expect(await consumer.poll(0)).toEqual([])
    await log.append(large)
    expect(await consumer.poll(0)).toEqual([])
    const polled = consumer.poll(60_000)
    await other.append(large)
    const found = [...(await polled), ...(await consumer.poll(0))]
    expect(found.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ])
    expect(await consumer.poll(0)).toEqual([])
    expect([consumer.position(first), consumer.position(second)]).toEqual([2, 1])
  })

  it('does not hold back what is left of what was read', async () => {
    const options = { fetchMinBytes: 2500, fetchMaxWaitMs: forever, maxPollRecords: 2 }
    const { consumer, log } = await consumerOf([0, 0], options)
    await log.append([large, large, large])
    expect(await consumer.poll(0)).toHaveLength(2)
    expect(await consumer.poll(0)).toHaveLength(1)
  })

  it('waits no longer than fetchMaxWaitMs', async () => {
    const { consumer, log } = await consumerOf([0, 0], { fetchMinBytes: 5000, fetchMaxWaitMs: 1 })
    await log.append({ value: 'a' })
    expect(await take(consumer, 1)).toEqual(['a'])
    consumer.seekToEnd()
    const next = take(consumer, 1)
    await log.append({ value: 'b' })
    expect(await next).toEqual(['b'])
  })

  it('waits again after a pause in which nothing came', async () => {
    const options = { fetchMinBytes: 1500, fetchMaxWaitMs: forever }
    const { consumer, log } = await consumerOf([0, 0], options)
    await log.append([large, large])
    expect(await consumer.poll(0)).toHaveLength(2)
    expect(await consumer.poll(0)).toEqual([])
    await log.append(large)
    expect(await consumer.poll(0)).toEqual([])
    await log.append(large)
    expect(await consumer.poll(0)).toHaveLength(2)
  })
})

describe.each(['maxPartitionFetchBytes', 'fetchMaxBytes'])('%s', (name) => {
  it('bounds what is read at a time, but for one batch', async () => {
    const { consumer, log } = await consumerOf([0, 0], { [name]: 2500 })
    for (let i = 0; i < 4; i++) await log.append(large)
    await log.append({ value: 'v'.repeat(5000) })
    const counts: number[] = []
    for await (const batch of consumer.batches()) {
      counts.push([...batch].length)
      if (counts.length === 3) break
    }
    expect(counts).toEqual([2, 2, 1])
  })

  it('is a number of bytes', async () => {
    expect(await codeOf(() => consumerOf([0, 0], { [name]: 0 }))).toBe('ERR_INVALID_OPTION')
  })
})
