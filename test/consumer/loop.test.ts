import { afterEach, describe, expect, it, vi } from 'vitest'
import { Consumer } from '../../src/consumer/index.js'
import { crc32c, encodeMarker } from '../../src/record/index.js'
import { consumerOf, first, take } from '../support/consumers.js'
import { batchOf, codeOf, records, turn } from '../support/logs.js'
import { Topics } from '../support/topics.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A consumer of many small records, and a clock that only `pass` moves. */
async function slowClock(count: number) {
  const topics = new Topics({ clicks: 1 })
  const log = await topics.openPartition('clicks', 0)
  const thousand = records(...new Array<string>(1000).fill('v'))
  for (let i = 0; i < count; i += 1000) log.appendSync(thousand)
  const consumer = new Consumer(topics, { autoOffsetReset: 'earliest' })
  await consumer.assign([first])
  const clock = { ms: performance.now(), lastTurn: 0, longestTurn: 0 }
  vi.spyOn(performance, 'now').mockImplementation(() => clock.ms)
  const turned = () => {
    clock.longestTurn = Math.max(clock.longestTurn, clock.ms - clock.lastTurn)
    clock.lastTurn = clock.ms
  }
  clock.lastTurn = clock.ms
  return { consumer, clock, turned }
}

describe('a loop', () => {
  it('lets the event loop turn every 5 ms over ten million records', async () => {
    const { consumer, clock, turned } = await slowClock(10_000_000)
    let isOver = false
    const tick = () => {
      turned()
      if (!isOver) setImmediate(tick)
    }
    setImmediate(tick)
    let count = 0
    for await (const { offset } of consumer) {
      clock.ms += 0.001
      if (offset !== count++) break
      if (count === 10_000_000) break
    }
    isOver = true
    expect(count).toBe(10_000_000)
    expect(clock.longestTurn).toBeLessThan(5.1)
  }, 120_000)

  it('lets it turn as often where the application takes a millisecond a record', async () => {
    const { consumer, clock, turned } = await slowClock(5000)
    let isOver = false
    const tick = () => {
      turned()
      if (!isOver) setImmediate(tick)
    }
    setImmediate(tick)
    for await (const { offset } of consumer) {
      clock.ms += 1
      if (offset === 999) break
    }
    isOver = true
    expect(clock.longestTurn).toBeLessThan(6.5)
  })

  it('wakes when records come, with no timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
    const { consumer, log } = await consumerOf([0, 0])
    const taken = take(consumer, 1)
    await turn()
    await log.append({ value: 'late' })
    expect(await taken).toEqual(['late'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('answers calls that are made together in their order', async () => {
    const { consumer, log } = await consumerOf([2, 0])
    const loop = consumer.records()
    const together = Array.from({ length: 5 }, () => loop.next())
    await log.append(records('0-2', '0-3', '0-4'))
    const values = (await Promise.all(together)).map(({ value }) => String(value.value))
    expect(values).toEqual(['0-0', '0-1', '0-2', '0-3', '0-4'])
  })

  it('answers a call in its order also when others have been answered meanwhile', async () => {
    const { consumer } = await consumerOf([3, 0])
    const loop = consumer.records()
    const [first, second] = [loop.next(), loop.next()]
    await first
    const third = loop.next()
    expect((await second).value.offset).toBe(1)
    expect((await third).value.offset).toBe(2)
  })

  it('passes the markers of transactions, and waits behind them', async () => {
    const { consumer, log } = await consumerOf([1, 0])
    const loop = consumer.records()
    await loop.next()
    const next = loop.next()
    const options = { isControl: true, isTransactional: true, producerId: 1, producerEpoch: 0 }
    await log.append([encodeMarker({ type: 'commit', coordinatorEpoch: 0 })], options)
    await expect.poll(() => consumer.lag()).toBe(0)
    expect(consumer.position(first)).toBe(2)
    await consumer.close()
    expect((await next).done).toBe(true)
  })

  it('that is left while a call is answered comes to its record again', async () => {
    const { consumer } = await consumerOf([2, 0])
    const loop = consumer.records()
    const answered = loop.next()
    // It has begun to look for a record, and waits for the event loop's turn.
    for (let i = 0; i < 5; i++) await null
    await loop.return?.()
    expect(await answered).toEqual({ done: true, value: undefined })
    expect(await take(consumer, 2)).toEqual(['0-0', '0-1'])
  })

  it('that is left while a call waits loses no record', async () => {
    const { consumer, log } = await consumerOf([0, 0])
    const loop = consumer.records()
    const waiting = loop.next()
    const left = loop.return?.()
    await log.append({ value: 'late' })
    expect(await waiting).toEqual({ done: true, value: undefined })
    await left
    expect(await take(consumer, 1)).toEqual(['late'])
  })

  it('that is aborted comes to its record again', async () => {
    const { consumer } = await consumerOf([3, 0])
    const abort = new AbortController()
    const reason = new Error('enough')
    const seen: number[] = []
    const loop = async () => {
      for await (const { offset } of consumer.records({ signal: abort.signal })) {
        seen.push(offset)
        if (offset === 1) abort.abort(reason)
      }
    }
    await expect(loop()).rejects.toBe(reason)
    expect(seen).toEqual([0, 1])
    // The next record was asked for: so this one was passed.
    expect(consumer.position(first)).toBe(2)
    await expect(loop()).rejects.toBe(reason)
    expect(await take(consumer, 1)).toEqual(['0-2'])
  })

  it('that is thrown out of comes to its record again', async () => {
    const { consumer } = await consumerOf([3, 0])
    const loop = async () => {
      for await (const { offset } of consumer) if (offset === 1) throw new Error('no')
    }
    await expect(loop()).rejects.toThrow('no')
    expect(await take(consumer, 2)).toEqual(['0-1', '0-2'])
  })

  it('holds on to no more than it reads at a time, however far behind it is', async () => {
    const { consumer, log } = await consumerOf([0, 0], { maxPartitionFetchBytes: 120_000 })
    const loop = consumer.batches()
    const batch = 'v'.repeat(50_000)
    for (let i = 0; i < 200; i++) await log.append({ value: batch })
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 10; i++) {
      const { value } = await loop.next()
      expect(value.sizeInBytes).toBeLessThanOrEqual(120_000)
      for (let k = 0; k < 20; k++) await log.append({ value: batch })
    }
    // 20 MB were written; what is mapped does not count.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000)
    expect(consumer.lag()).toBe(400 - 18)
  })
})

describe('a batch that is broken', () => {
  /** Its CRC holds, and its records are said to be compressed, and are not. */
  function brokenBatch(): Buffer {
    const batch = batchOf(['x'.repeat(100)], { compression: 'gzip' }).fill(0xff, 61)
    batch.writeUInt32BE(crc32c(batch, 21), 17)
    return batch
  }

  it('is met again until it is sought past', async () => {
    const { consumer, log } = await consumerOf([1, 0])
    await log.append(brokenBatch())
    await log.append({ value: 'behind' })
    const seen: number[] = []
    const loop = async () => {
      for await (const { offset } of consumer) seen.push(offset)
    }
    expect(await codeOf(loop)).toBe('ERR_CORRUPT_BATCH')
    expect(await codeOf(loop)).toBe('ERR_CORRUPT_BATCH')
    expect(await codeOf(() => consumer.poll(0))).toBe('ERR_CORRUPT_BATCH')
    expect(seen).toEqual([0])
    const fault = await consumer.poll(0).catch((error) => error)
    consumer.seek({ ...first, offset: fault.toOffset + 1 })
    expect(await take(consumer, 1)).toEqual(['behind'])
  })
})
