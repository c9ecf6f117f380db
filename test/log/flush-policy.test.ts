import { describe, expect, it } from 'vitest'
import type { AppendOptions, PartitionLogOptions } from '../../src/log/index.js'
import { openLog, partitionPath } from '../support/logs.js'

const value = 'v'.repeat(100)

describe('a flush window', () => {
  it.each([{ bytes: 1000 }, { intervalMs: 1 }, { intervalMs: 1, bytes: 1000 }])(
    '%o shows records at once, and makes them durable by itself',
    async (flush) => {
      const log = await openLog(partitionPath(), { flush })
      for (let i = 0; i < 20; i++) await log.append({ value })
      expect(log.highWatermark).toBe(20)
      await expect.poll(() => log.durableOffset, { timeout: 10_000 }).toBeGreaterThan(10)
      // A log's options open another.
      const other = await openLog(partitionPath(), log.options)
      expect(other.options).toEqual(log.options)
    },
  )

  it('covers, in time, what is appended behind a flush for its bytes', async () => {
    const log = await openLog(partitionPath(), { flush: { intervalMs: 20, bytes: 1000 } })
    for (let i = 0; i < 10; i++) {
      await log.append({ value: 'v'.repeat(1000) })
      await log.append({ value })
      await expect.poll(() => log.durableOffset, { timeout: 10_000 }).toBe(log.logEndOffset)
    }
  })

  it('is closed as sync is: what was appended is durable', async () => {
    const directory = partitionPath()
    const options: PartitionLogOptions = { flush: { intervalMs: 3_600_000 } }
    const log = await openLog(directory, options)
    await log.append({ value })
    expect(log.durableOffset).toBe(0)
    await log.close()
    expect((await openLog(directory, options)).durableOffset).toBe(1)
  })

  it.each([
    [{}, 'neither'],
    [{ intervalMs: 0 }, 'intervalMs'],
    [{ bytes: -1 }, 'bytes'],
    [{ bytes: 1.5 }, 'bytes'],
    [{ interval: 5 }, 'intervalMs, bytes'],
    [[], 'neither'],
    [null, '{ intervalMs, bytes }'],
    ['never', '{ intervalMs, bytes }'],
  ])('%o is refused', async (flush, word) => {
    await expect(openLog(partitionPath(), { flush } as PartitionLogOptions)).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringContaining(word),
    })
  })
})

describe('the flush option of an append', () => {
  it.each<PartitionLogOptions>([{ flush: 'os' }, { flush: { intervalMs: 3_600_000 } }])(
    'sync waits for the device, in a log with %o',
    async (options) => {
      const log = await openLog(partitionPath(), options)
      await log.append({ value })
      expect(log.durableOffset).toBe(0)
      await log.append({ value }, { flush: 'sync' })
      expect(log.durableOffset).toBe(2)
      const columns = { values: Buffer.from(value), valueLengths: Int32Array.of(value.length) }
      await log.appendColumns(columns, { flush: 'sync' })
      expect(log.durableOffset).toBe(3)
    },
  )

  it('os waits for nothing in a log that flushes each append, which readers see when it is durable', async () => {
    const log = await openLog(partitionPath(), { flush: 'sync' })
    const first = log.append({ value })
    const second = await log.append({ value }, { flush: 'os' })
    expect(second).toEqual({ baseOffset: 1 })
    // In this order: a flush may end between the two.
    const seen = log.highWatermark
    expect(seen).toBeLessThanOrEqual(log.durableOffset)
    await first
    await expect.poll(() => log.highWatermark, { timeout: 10_000 }).toBe(2)
  })

  it('goes with others', async () => {
    const log = await openLog(partitionPath(), { flush: 'os' })
    await log.append({ value }, { flush: 'sync', compression: 'gzip' })
    expect(log.durableOffset).toBe(1)
  })

  it.each([
    ['whatever else it is', { flush: 'later' }],
    ['as a window', { flush: { bytes: 5 } }],
  ])('is refused %s', async (_, options) => {
    const log = await openLog()
    const refused = { code: 'ERR_INVALID_OPTION' }
    await expect(log.append({ value }, options as AppendOptions)).rejects.toMatchObject(refused)
    expect(log.logEndOffset).toBe(0)
  })

  it('is refused by appendSync, which cannot wait', async () => {
    const log = await openLog()
    expect(() => log.appendSync({ value }, { flush: 'sync' } as AppendOptions)).toThrow(/flush/)
  })
})
