import { describe, expect, it } from 'vitest'
import {
  batchOf,
  batchSizes,
  codeOf,
  faultOf,
  openLog,
  partitionPath,
  readAll,
  records,
  valuesOf,
} from '../support/logs.js'

const reads = ['read', 'readSync'] as const

describe.each(reads)('%s', (method) => {
  it('starts with the batch that holds the offset, and leaves earlier records of it out', async () => {
    const log = await openLog()
    await log.append(records('a', 'b', 'c'))
    await log.append(records('d', 'e'))
    const view = await log[method](1)
    expect(view).toMatchObject({ baseOffset: 0, fromOffset: 1, nextOffset: 5, isEmpty: false })
    expect(view).toMatchObject({ topic: 'clicks', partition: 0 })
    expect(batchSizes(view)).toHaveLength(2)
    expect(view.sizeInBytes).toBe(view.bytes.length)
    expect(valuesOf(view)).toEqual(['b', 'c', 'd', 'e'])
    expect(valuesOf(await log[method](4))).toEqual(['e'])
  })

  it('takes whole batches up to maxBytes, and one batch at least', async () => {
    const log = await openLog()
    for (const value of ['a', 'b', 'c', 'd']) await log.append({ value, timestamp: 1 })
    const size = (await log.read(0)).sizeInBytes / 4
    const batches = async (maxBytes: number) =>
      batchSizes(await log[method](0, { maxBytes })).length
    expect(await batches(0)).toBe(1)
    expect(await batches(1)).toBe(1)
    expect(await batches(size)).toBe(1)
    expect(await batches(2 * size - 1)).toBe(1)
    expect(await batches(2 * size)).toBe(2)
    expect(await batches(2 ** 31 - 1)).toBe(4)
    expect((await log[method](1, { maxBytes: 1 })).nextOffset).toBe(2)
  })

  it('is empty at the end, and refuses what lies outside the log', async () => {
    const log = await openLog()
    await log.append(records('a', 'b'))
    const view = await log[method](2)
    expect(view).toMatchObject({ isEmpty: true, sizeInBytes: 0, fromOffset: 2, nextOffset: 2 })
    expect([...view]).toEqual([])
    expect(view.bytes).toHaveLength(0)
    expect(view.valid).toBe(true)
    const fault = await faultOf(() => log[method](3))
    expect(fault).toMatchObject({ code: 'ERR_OFFSET_OUT_OF_RANGE', kafkaCode: 1 })
    expect(fault).toMatchObject({ topic: 'clicks', partition: 0 })
    expect([fault?.fromOffset, fault?.toOffset]).toEqual([0, 2])
    await log.deleteBefore(1)
    expect(await codeOf(() => log[method](0))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    expect(valuesOf(await log[method](1))).toEqual(['b'])
  })

  it('shows what is durable, and with upTo logEnd everything', async () => {
    const log = await openLog()
    for (let i = 0; i < 50; i++) {
      log.appendSync({ value: `${i}` })
      const durable = log.readSync(0).nextOffset
      expect(durable).toBeLessThanOrEqual(log.highWatermark)
      expect(log.readSync(0, { upTo: 'logEnd' }).nextOffset).toBe(i + 1)
      expect((await log[method](i, { upTo: 'logEnd' })).nextOffset).toBe(i + 1)
    }
    await log.flush()
    expect((await log[method](0)).nextOffset).toBe(50)
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 53, '0', null, undefined])(
    'refuses offset %s',
    async (offset) => {
      const log = await openLog()
      expect(await codeOf(() => log[method](offset as number))).toBe('ERR_INVALID_ARGUMENT')
    },
  )

  it.each([
    { maxBytes: -1 },
    { maxBytes: 0.5 },
    { maxBytes: 2 ** 31 },
    { maxBytes: '1' },
    { upTo: 'end' },
    { maxbytes: 5 },
  ])('refuses the options %o', async (options) => {
    const log = await openLog()
    expect(await codeOf(() => log[method](0, options as never))).toBe('ERR_INVALID_OPTION')
  })

  it('goes on in the next segment', async () => {
    const log = await openLog(partitionPath(), { segmentBytes: 4096, flush: 'os' })
    const values = Array.from({ length: 50 }, (_, i) => `${i}`.padStart(900, '.'))
    for (const value of values) await log.append({ value })
    expect(log.info.segmentCount).toBeGreaterThan(10)
    const found: string[] = []
    for (let offset = 0; offset < 50; ) {
      const view = await log[method](offset)
      found.push(...valuesOf(view))
      offset = view.nextOffset
    }
    expect(found).toEqual(values)
  })

  it('finds every offset of a log with gaps', async () => {
    const log = await openLog()
    for (const baseOffset of [5, 10, 1000]) {
      await log.append(batchOf(['x', 'y'], { baseOffset }), { offsets: 'keep' })
    }
    const first = async (offset: number) => [...(await log[method](offset))][0]?.offset
    expect(await first(0)).toBe(5)
    expect(await first(6)).toBe(6)
    expect(await first(7)).toBe(10)
    expect(await first(12)).toBe(1000)
    expect(await first(1001)).toBe(1001)
  })
})

describe('read', () => {
  it('rejects with the reason of an aborted signal', async () => {
    const log = await openLog()
    await log.append(records('a'))
    const reason = new Error('enough')
    const read = log.read(0, { signal: AbortSignal.abort(reason) })
    await expect(read).rejects.toBe(reason)
    const controller = new AbortController()
    expect(valuesOf(await log.read(0, { signal: controller.signal }))).toEqual(['a'])
  })

  it('keeps many reads at once apart', async () => {
    const log = await openLog(partitionPath(), { segmentBytes: 8192, flush: 'os' })
    for (let i = 0; i < 300; i++) await log.append({ value: `${i}`.padStart(200, '.') })
    const views = await Promise.all(
      Array.from({ length: 300 }, (_, offset) => log.read(offset, { maxBytes: 1 })),
    )
    expect(views.map((view) => Number(valuesOf(view)[0]?.replaceAll('.', '')))).toEqual(
      Array.from({ length: 300 }, (_, i) => i),
    )
  })
})

describe('offsetForTimestamp', () => {
  it('finds the first record at or after a time, in whatever order they were written', async () => {
    const log = await openLog(partitionPath(), { segmentBytes: 4096, flush: 'os' })
    for (const timestamp of [50, 10, 30, 20, 60, 40, 100]) {
      await log.append({ timestamp, value: 'v'.repeat(1500) })
    }
    await log.append([{ timestamp: 90 }, { timestamp: 120 }, { timestamp: 110 }])
    const at = async (time: number) => (await log.offsetForTimestamp(time))?.offset ?? null
    expect(await at(0)).toBe(0)
    expect(await at(50)).toBe(0)
    expect(await at(51)).toBe(4)
    expect(await at(61)).toBe(6)
    expect(await at(101)).toBe(8)
    expect(await at(120)).toBe(8)
    expect(await at(121)).toBeNull()
    expect(await log.offsetForTimestamp(111)).toEqual({
      offset: 8,
      timestamp: 120,
      leaderEpoch: 0,
    })
  })

  it('looks at nothing below the log start, nor at what is not durable', async () => {
    const log = await openLog()
    await log.append([{ timestamp: 10 }, { timestamp: 20 }, { timestamp: 30 }])
    await log.deleteBefore(1)
    expect((await log.offsetForTimestamp(0))?.offset).toBe(1)
    for (let i = 0; i < 50; i++) {
      log.appendSync({ timestamp: 100 + i })
      const { offset = -1 } = (await log.offsetForTimestamp(100 + i)) ?? {}
      expect(offset).toBeLessThan(log.durableOffset)
    }
    await log.flush()
    expect((await log.offsetForTimestamp(31))?.offset).toBe(3)
  })

  it('agrees with a search of all records, before and after reopening', async () => {
    const directory = partitionPath()
    const options = { segmentBytes: 4096, indexIntervalBytes: 64, flush: 'os' } as const
    let log = await openLog(directory, options)
    for (let i = 0; i < 200; i++) {
      await log.append([{ timestamp: (i * 7919) % 1009 }, { timestamp: (i * 104_729) % 1009 }])
    }
    for (const reopened of [false, true]) {
      if (reopened) {
        await log.close()
        log = await openLog(directory, options)
      }
      const all = await readAll(log)
      for (let time = 0; time <= 1010; time += 10) {
        const expected = all.find(({ timestamp }) => timestamp >= time)?.offset ?? null
        const found = await log.offsetForTimestamp(time)
        expect(found?.offset ?? null, `at ${time}`).toBe(expected)
      }
    }
  })

  it.each([1.5, Number.NaN, '5', undefined, 2 ** 53])('refuses time %s', async (time) => {
    const log = await openLog()
    expect(await codeOf(() => log.offsetForTimestamp(time as number))).toBe('ERR_INVALID_ARGUMENT')
  })

  it('is null on an empty log', async () => {
    expect(await (await openLog()).offsetForTimestamp(0)).toBeNull()
  })
})
