import { describe, expect, it } from 'vitest'
import { Consumer, type OffsetReset } from '../../src/consumer/index.js'
import { consumerOf, first, second, take } from '../support/consumers.js'
import { codeOf, faultOf } from '../support/logs.js'
import { Topics } from '../support/topics.js'

describe('offsets', () => {
  it('are where partitions begin and end', async () => {
    const { consumer, log } = await consumerOf([5, 2])
    await log.deleteBefore(2)
    expect(await consumer.beginningOffsets()).toEqual([
      { ...first, offset: 2 },
      { ...second, offset: 0 },
    ])
    expect(await consumer.endOffsets([first])).toEqual([{ ...first, offset: 5 }])
  })

  it('are found by time, where there is a record of that time or later', async () => {
    const { consumer } = await consumerOf([5, 2])
    const found = await consumer.offsetsForTimes([
      { ...first, timestamp: 1003 },
      { ...second, timestamp: 1003 },
    ])
    expect(found).toEqual([{ ...first, offset: 3, timestamp: 1003, leaderEpoch: 0 }])
    for (const place of found) consumer.seek(place)
    consumer.pause([second])
    expect(await take(consumer, 1)).toEqual(['0-3'])
  })

  it('are known of partitions that are not assigned, and of no others', async () => {
    const { topics } = await consumerOf([3, 0])
    const consumer = new Consumer(topics)
    expect(await consumer.endOffsets([first])).toEqual([{ ...first, offset: 3 }])
    const strange = { topic: 'clicks', partition: 7 }
    expect(await codeOf(() => consumer.endOffsets([strange]))).toBe('ERR_NOT_FOUND')
    expect(await codeOf(() => consumer.beginningOffsets([strange]))).toBe('ERR_NOT_FOUND')
    const times = [{ ...first, timestamp: 0.5 }]
    expect(await codeOf(() => consumer.offsetsForTimes(times))).toBe('ERR_INVALID_ARGUMENT')
    await consumer.close()
    expect(await codeOf(() => consumer.endOffsets([first]))).toBe('ERR_CLOSED')
  })
})

describe('lag', () => {
  it('is what lies between position and end, of one partition or of all', async () => {
    const { consumer, log } = await consumerOf([5, 2])
    consumer.seek({ ...first, offset: 4 })
    expect([consumer.lag(first), consumer.lag(second), consumer.lag()]).toEqual([1, 2, 3])
    await log.append({ value: 'v' })
    expect(consumer.lag(first)).toBe(2)
    consumer.seekToEnd()
    expect(consumer.lag()).toBe(0)
    expect(await codeOf(() => consumer.lag({ topic: 'x', partition: 0 }))).toBe('ERR_NOT_ASSIGNED')
  })
})

describe('autoOffsetReset', () => {
  /** Records of an hour, a minute and a second ago. */
  async function ofAges() {
    const topics = new Topics({ clicks: 1 })
    const log = await topics.openPartition('clicks', 0)
    const now = Date.now()
    for (const age of [3_600_000, 60_000, 1000]) {
      await log.append({ value: `${age}`, timestamp: now - age })
    }
    return { topics, log }
  }

  it.each<[OffsetReset | string, string[]]>([
    ['by_duration:PT2H', ['3600000']],
    ['by_duration:PT59M59S', ['60000']],
    ['by_duration:P1DT0H', ['3600000']],
    ['by_duration:PT30.5S', ['1000']],
    [{ durationMs: 120_000 }, ['60000']],
    [{ durationMs: 10_000_000_000_000 }, ['3600000']],
  ])('of %j begins at the first record that is no older', async (reset, expected) => {
    const { topics } = await ofAges()
    const consumer = new Consumer(topics, { autoOffsetReset: reset as OffsetReset })
    await consumer.assign([first])
    expect(await take(consumer, 1)).toEqual(expected)
  })

  it('of a duration begins at the end where all records are older', async () => {
    const { topics, log } = await ofAges()
    const consumer = new Consumer(topics, { autoOffsetReset: { durationMs: 0 } })
    await consumer.assign([first])
    expect(consumer.position(first)).toBe(3)
    await log.deleteBefore(1)
    consumer.seek({ ...first, offset: 0 })
    expect(await consumer.poll(0)).toEqual([])
    expect(consumer.position(first)).toBe(3)
  })

  it.each([
    'by_duration:',
    'by_duration:P',
    'by_duration:PT',
    'by_duration:P1DT',
    'by_duration:PT-1H',
    'by_duration:PT1H1D',
    'by_duration:1h',
    'by_duration:PT99999999999999H',
    'PT1H',
    'newest',
    7,
    null,
    {},
    { durationMs: -1 },
    { durationMs: 0.5 },
    { durationMs: 1, days: 1 },
  ])('of %j is refused', async (reset) => {
    const topics = new Topics({ clicks: 1 })
    const make = () => new Consumer(topics, { autoOffsetReset: reset as OffsetReset })
    expect(await codeOf(make)).toBe('ERR_INVALID_OPTION')
    expect((await faultOf(make))?.message).toMatch(/autoOffsetReset|durationMs|no option days/)
  })
})
