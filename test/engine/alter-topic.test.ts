import { describe, expect, it } from 'vitest'
import type { TopicConfigInput } from '../../src/config/topic-config.js'
import { openEngine } from '../support/engines.js'
import { codeOf, readAll } from '../support/logs.js'

const value = 'v'.repeat(1000)

/** A topic whose one log is open and has three records. */
async function withOpenLog(flush: 'sync' | 'os', config: TopicConfigInput = {}) {
  const engine = await openEngine(undefined, { flush })
  await engine.createTopic('clicks', { config })
  const log = await engine.log('clicks', 0)
  for (let i = 0; i < 3; i++) await log.append([{ value }])
  return { engine, log }
}

describe('altering a topic whose log is open', () => {
  it('sets the size at which the next segments are rolled', async () => {
    const { engine, log } = await withOpenLog('os')
    expect(log.info.segmentCount).toBe(1)
    await engine.alterTopic('clicks', { 'segment.bytes': '4096' })
    for (let i = 0; i < 6; i++) await log.append([{ value }])
    expect(log.info.segmentCount).toBe(3)
    await engine.alterTopic('clicks', { segmentBytes: null })
    for (let i = 0; i < 20; i++) await log.append([{ value }])
    // What was begun as a small segment ends as one, and so does one that was made ready.
    expect(log.info.segmentCount).toBeLessThanOrEqual(5)
    expect((await readAll(log)).length).toBe(29)
  })

  it('sets the largest batch that is accepted, of producers, too', async () => {
    const { engine, log } = await withOpenLog('os')
    const producer = engine.producer()
    await engine.alterTopic('clicks', { 'max.message.bytes': '500' })
    expect(await codeOf(() => log.append([{ value }]))).toBe('ERR_BATCH_TOO_LARGE')
    expect(await codeOf(() => producer.send('clicks', { value }))).toBe('ERR_BATCH_TOO_LARGE')
    await engine.alterTopic('clicks', { maxMessageBytes: null })
    expect(await producer.send('clicks', { value })).toMatchObject({ offset: 3 })
  })

  it('sets how dense the indexes are', async () => {
    const { engine, log } = await withOpenLog('os', { indexIntervalBytes: 1_000_000 })
    const before = log.info.indexBytes
    await engine.alterTopic('clicks', { 'index.interval.bytes': '100' })
    for (let i = 0; i < 10; i++) await log.append([{ value }])
    expect(log.info.indexBytes).toBeGreaterThanOrEqual(before + 9 * 8)
  })

  it('makes appends wait for the device, and shows readers no less than before', async () => {
    const { engine, log } = await withOpenLog('os')
    expect([log.highWatermark, log.durableOffset]).toEqual([3, 0])
    await engine.alterTopic('clicks', { flushMessages: 1 })
    expect(log.highWatermark).toBe(3)
    await log.append([{ value }])
    expect([log.highWatermark, log.durableOffset]).toEqual([4, 4])
    expect(log.readSync(0).nextOffset).toBe(4)
  })

  it('lets appends no longer wait, and shows readers what was not durable yet', async () => {
    const { engine, log } = await withOpenLog('sync')
    await engine.alterTopic('clicks', { flushMessages: 1_000_000 })
    log.appendSync([{ value }])
    expect(log.highWatermark).toBe(4)
    await log.append([{ value }])
    await engine.alterTopic('clicks', { flushMessages: null })
    await log.append([{ value }])
    expect(log.durableOffset).toBe(6)
  })

  it('sets what retention keeps', async () => {
    const { engine, log } = await withOpenLog('os')
    await engine.applyRetention()
    expect(log.logStartOffset).toBe(0)
    await engine.alterTopic('clicks', { 'retention.ms': '0' })
    await log.append([{ value, timestamp: Date.now() - 1000 }])
    await engine.applyRetention()
    expect(log.logStartOffset).toBeGreaterThan(0)
  })

  it('is refused for what is fixed while a log is open', async () => {
    const { log } = await withOpenLog('os')
    const alter = async () => log.alter({ leaderEpoch: 3 } as object)
    expect(await codeOf(alter)).toBe('ERR_INVALID_OPTION')
    await log.close()
    expect(await codeOf(async () => log.alter({ segmentBytes: 4096 }))).toBe('ERR_CLOSED')
  })
})
