import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Engine } from '../../src/engine.js'
import { isSegmentName } from '../../src/log/files/kinds.js'
import { dataDirectory, openEngine } from '../support/engines.js'

const hour = 3_600_000
const first = { topic: 'clicks', partition: 0 }
const value = 'v'.repeat(1000)

/** A topic of small segments, with a record for each of these ages in hours. */
async function withAges(engine: Engine, ages: readonly number[], config: object): Promise<void> {
  await engine.createTopic('clicks', { config: { segmentBytes: 4096, ...config } })
  const producer = engine.producer({ batchSize: 0 })
  const now = Date.now()
  for (const age of ages) await producer.send('clicks', { value, timestamp: now - age * hour })
}

const ages = Array.from({ length: 40 }, (_, i) => 40 - i)

describe('retention', () => {
  it('by time deletes segments in which every record is too old, and no other', async () => {
    const engine = await openEngine()
    await withAges(engine, ages, { retentionMs: 20.5 * hour })
    await engine.applyRetention()
    const { logStartOffset } = await engine.log('clicks', 0)
    // The record at offset 20 is the first that is young enough; the segment it is in stays.
    expect(logStartOffset).toBeGreaterThan(20 - 4)
    expect(logStartOffset).toBeLessThanOrEqual(20)
  })

  it('by time leaves nothing of a log that is too old as a whole', async () => {
    const engine = await openEngine()
    await withAges(engine, [5, 4, 3], { retentionMs: hour })
    await engine.applyRetention()
    const log = await engine.log('clicks', 0)
    expect(log.logStartOffset).toBe(3)
    const sent = await engine.producer().send('clicks', { value })
    expect(sent.offset).toBe(3)
  })

  it('by time takes records without a timestamp for as old as their file', async () => {
    const engine = await openEngine()
    await engine.createTopic('clicks', { config: { segmentBytes: 4096, retentionMs: hour } })
    const log = await engine.log('clicks', 0)
    for (let i = 0; i < 10; i++) await log.append([{ value, timestamp: -1 }])
    await engine.applyRetention()
    expect(log.logStartOffset).toBe(0)
    await log.flush() // Else the segments that are sealed may yet be cut to size.
    const old = new Date(Date.now() - 2 * hour)
    const [file = ''] = readdirSync(log.directory).filter(isSegmentName).sort()
    utimesSync(join(log.directory, file), old, old)
    await engine.applyRetention()
    expect(log.logStartOffset).toBeGreaterThan(0)
    expect(log.logStartOffset).toBeLessThan(5)
  })

  it('by size deletes from the front as long as there is enough left', async () => {
    const engine = await openEngine()
    await withAges(engine, ages, { retentionBytes: 20_000, retentionMs: -1 })
    const log = await engine.log('clicks', 0)
    await engine.applyRetention()
    expect(log.logStartOffset).toBeGreaterThan(0)
    const { logBytes } = log.info
    expect(logBytes).toBeGreaterThanOrEqual(20_000)
    expect(logBytes).toBeLessThan(20_000 + 2 * 4096)
  })

  it.each<[string, object]>([
    ['keeps all of a topic without limits', { retentionMs: -1, retentionBytes: -1 }],
    ['does not touch what is compacted', { retentionMs: hour, cleanupPolicy: ['compact'] }],
  ])('%s', async (_, config) => {
    const engine = await openEngine()
    await withAges(engine, ages, config)
    await engine.applyRetention()
    expect((await engine.log('clicks', 0)).logStartOffset).toBe(0)
  })

  it('leaves readers undisturbed, of records and of their views', async () => {
    const engine = await openEngine()
    await withAges(engine, ages, { retentionMs: hour / 2 })
    const consumer = engine.consumer({ autoOffsetReset: 'earliest', maxPollRecords: 1 })
    await consumer.assign([first])
    const [record] = await consumer.poll(5000)
    const view = await (await engine.log('clicks', 0)).read(0)
    await engine.applyRetention()
    expect(String(record?.value)).toBe(value)
    expect([...view].every((one) => String(one.value) === value)).toBe(true)
    await engine.producer().send('clicks', { value: 'new' })
    const rest: string[] = []
    for await (const one of consumer) {
      rest.push(String(one.value))
      if (rest.at(-1) === 'new') break
    }
    expect(rest.slice(0, -1).every((one) => one === value)).toBe(true)
  })

  it('comes by itself, and opens logs that nobody has opened', async () => {
    const directory = dataDirectory()
    const before = await openEngine(directory)
    await withAges(before, ages, { retentionBytes: 10_000 })
    await before.close()
    const engine = await openEngine(directory, { retentionCheckIntervalMs: 1 })
    await expect
      .poll(async () => (await engine.log('clicks', 0)).logStartOffset, { timeout: 10_000 })
      .toBeGreaterThan(0)
  })

  it('tells of a partition that it could not look after, and goes on with the others', async () => {
    const directory = dataDirectory()
    const before = await openEngine(directory)
    await withAges(before, ages, { retentionBytes: 10_000 })
    await before.createTopic('visits', { config: { segmentBytes: 4096, retentionBytes: 0 } })
    const producer = before.producer({ batchSize: 0 })
    for (let i = 0; i < 10; i++) await producer.send('visits', { value })
    await before.close()
    writeFileSync(`${directory}/clicks-0/partition.metadata`, 'damage')
    const told: unknown[] = []
    const note = (message: unknown) => told.push(message)
    subscribe('duramen:retention:failed', note)
    onTestFinished(() => void unsubscribe('duramen:retention:failed', note))
    const engine = await openEngine(directory)
    await engine.applyRetention()
    expect((await engine.log('visits', 0)).logStartOffset).toBeGreaterThan(0)
    expect(told).toMatchObject([{ ...first, error: { code: 'ERR_CORRUPT_LOG' } }])
  })
})
