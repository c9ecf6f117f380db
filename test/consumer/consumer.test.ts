import { describe, expect, it } from 'vitest'
import { Consumer } from '../../src/consumer/index.js'
import { consumerOf, first, second, take } from '../support/consumers.js'
import { codeOf } from '../support/logs.js'

describe('a loop over a consumer', () => {
  it('gives the records of every partition, each in its order', async () => {
    const { consumer } = await consumerOf([3, 2])
    const values = await take(consumer, 5)
    expect(values.filter((value) => value.startsWith('0'))).toEqual(['0-0', '0-1', '0-2'])
    expect(values.filter((value) => value.startsWith('1'))).toEqual(['1-0', '1-1'])
  })

  it('waits for records, and wakes when they come', async () => {
    const { consumer, log, other } = await consumerOf([0, 0])
    const taken = take(consumer, 2)
    await other.append({ value: 'late' })
    await log.append({ value: 'later' })
    expect((await taken).sort()).toEqual(['late', 'later'])
  })

  it('comes to the record again on which it was left', async () => {
    const { consumer } = await consumerOf([4, 0])
    expect(await take(consumer, 2)).toEqual(['0-0', '0-1'])
    expect(consumer.position(first)).toBe(1)
    expect(await take(consumer, 1)).toEqual(['0-1'])
  })

  it('moves the position past a record when the next is asked for', async () => {
    const { consumer } = await consumerOf([3, 0])
    const positions: number[] = []
    for await (const { offset } of consumer) {
      positions.push(consumer.position(first))
      if (offset === 2) break
    }
    expect(positions).toEqual([0, 1, 2])
    expect(consumer.lag(first)).toBe(1)
  })

  it('is one at a time', async () => {
    const { consumer } = await consumerOf([3, 2])
    const loop = consumer.records()
    await loop.next()
    expect(await codeOf(() => consumer.poll(0))).toBe('ERR_CONSUMER_BUSY')
    expect(await codeOf(() => consumer.records())).toBe('ERR_CONSUMER_BUSY')
    await loop.return?.()
    expect(await consumer.poll(0)).not.toEqual([])
  })

  it("ends with the signal's reason when it is aborted, also while it waits", async () => {
    const { consumer } = await consumerOf([1, 0])
    const abort = new AbortController()
    const reason = new Error('enough')
    const seen: number[] = []
    const loop = (async () => {
      for await (const { offset } of consumer.records({ signal: abort.signal })) seen.push(offset)
    })()
    await expect.poll(() => seen).toEqual([0])
    abort.abort(reason)
    await expect(loop).rejects.toBe(reason)
    expect(await consumer.poll(0)).toEqual([])
  })

  it('ends when the consumer is closed, which then refuses', async () => {
    const { consumer } = await consumerOf([0, 0])
    const taken = take(consumer, 1)
    await consumer.close()
    expect(await taken).toEqual([])
    expect(await codeOf(() => consumer.poll(0))).toBe('ERR_CLOSED')
    await consumer.close()
  })
})

describe('poll', () => {
  it('gives at most maxPollRecords, and passes them with the next call', async () => {
    const { consumer } = await consumerOf([5, 0], { maxPollRecords: 3 })
    expect((await consumer.poll(0)).map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect(consumer.position(first)).toBe(0)
    expect((await consumer.poll(0)).map(({ offset }) => offset)).toEqual([3, 4])
    expect(consumer.position(first)).toBe(3)
    expect(await consumer.poll(0)).toEqual([])
    expect(consumer.position(first)).toBe(5)
  })

  it('waits for the first record', async () => {
    const { consumer, log } = await consumerOf([0, 0])
    const polled = consumer.poll(60_000)
    await log.append({ value: 'late' })
    expect(await polled).toMatchObject([{ topic: 'clicks', partition: 0, offset: 0 }])
  })
})

describe('seek, pause and resume', () => {
  it('reads on where it was told to', async () => {
    const { consumer } = await consumerOf([5, 0])
    consumer.seek({ ...first, offset: 3 })
    expect(await take(consumer, 2)).toEqual(['0-3', '0-4'])
    consumer.seekToBeginning([first])
    expect(await take(consumer, 1)).toEqual(['0-0'])
    consumer.seekToEnd()
    expect(await consumer.poll(0)).toEqual([])
  })

  it('reads no paused partition, and goes on where it stood', async () => {
    const { consumer } = await consumerOf([3, 2])
    consumer.pause([first])
    expect(consumer.paused).toEqual([first])
    expect(await take(consumer, 2)).toEqual(['1-0', '1-1'])
    consumer.pause([second])
    consumer.resume([first])
    expect(await take(consumer, 3)).toEqual(['0-0', '0-1', '0-2'])
  })

  it.each<[string, (consumer: Consumer) => unknown, string]>([
    [
      'a partition that is not assigned',
      (c) => c.seek({ topic: 'x', partition: 0, offset: 0 }),
      'ERR_NOT_ASSIGNED',
    ],
    ['a negative offset', (c) => c.seek({ ...first, offset: -1 }), 'ERR_INVALID_ARGUMENT'],
    [
      'a partition that is not there',
      (c) => c.assign([{ topic: 'clicks', partition: 9 }]),
      'ERR_NOT_FOUND',
    ],
    [
      'a topic that is not there',
      (c) => c.assign([{ topic: 'visits', partition: 0 }]),
      'ERR_NOT_FOUND',
    ],
  ])('refuses %s, and stays as it was', async (_, call, code) => {
    const { consumer } = await consumerOf([1, 0])
    expect(await codeOf(() => call(consumer))).toBe(code)
    expect(await take(consumer, 1)).toEqual(['0-0'])
  })
})

describe('an offset that is out of range', () => {
  it.each([
    ['earliest', ['0-2', '0-3']],
    ['latest', []],
  ] as const)('is %s', async (autoOffsetReset, expected) => {
    const { consumer, log } = await consumerOf([4, 0], { autoOffsetReset })
    await log.deleteBefore(2)
    consumer.seek({ ...first, offset: 0 })
    consumer.pause([second])
    expect((await consumer.poll(0)).map(({ value }) => String(value))).toEqual(expected)
  })

  it('is an error with none', async () => {
    const { topics } = await consumerOf([1, 0])
    const consumer = new Consumer(topics, { autoOffsetReset: 'none' })
    expect(await codeOf(() => consumer.assign([first]))).toBe('ERR_NO_OFFSET')
    await consumer.assign([{ ...first, offset: 9 }])
    expect(await codeOf(() => consumer.poll(0))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    consumer.seek({ ...first, offset: 0 })
    expect(await take(consumer, 1)).toEqual(['0-0'])
  })
})

describe('a time to wait', () => {
  it.each([-1, Number.NaN, '5', undefined])('of %j is refused', async (ms) => {
    const { consumer } = await consumerOf([1, 0])
    expect(await codeOf(() => consumer.poll(ms as number))).toBe('ERR_INVALID_ARGUMENT')
    expect(await consumer.poll(0)).toHaveLength(1)
  })

  it('may be without end', async () => {
    const { consumer, log } = await consumerOf([0, 0])
    const polled = consumer.poll(Number.POSITIVE_INFINITY)
    await log.append({ value: 'late' })
    expect(await polled).toHaveLength(1)
  })
})
