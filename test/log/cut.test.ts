import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { processAgent, type SeenView } from '../support/agent.js'
import {
  batchOf,
  codeOf,
  openLog,
  type PartitionLog,
  partitionPath,
  readAll,
  records,
} from '../support/logs.js'

const small = { segmentBytes: 4096, indexIntervalBytes: 256 } as const

async function filled(directory = partitionPath(), options: object = small): Promise<PartitionLog> {
  const log = await openLog(directory, options)
  const appends = Array.from({ length: 100 }, (_, i) => {
    return log.append(records(`${i}a`.padStart(150, '.'), `${i}b`.padStart(150, '.')))
  })
  await Promise.all(appends)
  return log
}

async function offsetsOf(log: PartitionLog): Promise<number[]> {
  return (await readAll(log)).map(({ offset }) => offset)
}

const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const segmentsIn = (log: PartitionLog) =>
  readdirSync(log.directory).filter((name) => name.endsWith('.log'))

describe('truncateTo', () => {
  it.each([
    ['inside a segment', 100, 100],
    ['inside a batch, which goes as a whole', 101, 100],
    ['the last batch', 198, 198],
    ['nothing', 200, 200],
    ['everything', 0, 0],
  ])('cuts %s', async (_, offset, end) => {
    const log = await filled()
    await log.truncateTo(offset)
    expect(log).toMatchObject({ logEndOffset: end, highWatermark: end, durableOffset: end })
    expect(await offsetsOf(log)).toEqual(upTo(0, end))
    expect(segmentsIn(log).filter((name) => Number.parseInt(name, 10) > end)).toEqual([])
    expect((await log.verify()).findings).toEqual([])
  })

  it('is followed by appends, and survives a reopening', async () => {
    const directory = partitionPath()
    const log = await filled(directory)
    await log.truncateTo(51)
    expect(await log.append({ value: 'new' })).toEqual({ baseOffset: 50 })
    await log.close()
    const again = await openLog(directory, small)
    expect(again.info.findings).toEqual([])
    const found = await readAll(again)
    expect(found.map(({ offset }) => offset)).toEqual(upTo(0, 51))
    expect(String(found[50]?.value)).toBe('new')
    expect((await again.verify()).findings).toEqual([])
  })

  it('cuts at every offset, one after the other', async () => {
    const log = await filled()
    for (let offset = 198; offset >= 0; offset -= 2) {
      await log.truncateTo(offset)
      expect(log.logEndOffset).toBe(offset)
      if (offset % 20 === 0) expect(await offsetsOf(log)).toEqual(upTo(0, offset))
    }
    await log.append({ value: 'first again' })
    expect(await offsetsOf(log)).toEqual([0])
  })

  it('refuses offsets outside the log', async () => {
    const log = await filled()
    expect(await codeOf(() => log.truncateTo(201))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    await log.deleteBefore(10)
    expect(await codeOf(() => log.truncateTo(9))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    expect(await codeOf(() => log.truncateTo(-1))).toBe('ERR_INVALID_ARGUMENT')
    expect(await codeOf(() => log.truncateTo(1.5))).toBe('ERR_INVALID_ARGUMENT')
    expect(await offsetsOf(log)).toEqual(upTo(10, 200))
  })

  it('settles every append: one that it took away is refused, none waits for ever', async () => {
    const log = await filled()
    for (let round = 0; round < 20; round++) {
      const pending = Array.from({ length: 10 }, () => log.append({ value: 'x' }))
      const settled = Promise.allSettled(pending)
      await log.truncateTo(200)
      const late = log.append({ value: 'kept' })
      for (const result of await settled) {
        if (result.status === 'rejected') {
          expect(result.reason).toMatchObject({ code: 'ERR_OFFSET_OUT_OF_RANGE' })
        }
      }
      expect(await late).toEqual({ baseOffset: 200 })
      await log.truncateTo(200)
    }
  })

  it('forgets the epochs of what it cut', async () => {
    const log = await openLog()
    for (const [baseOffset, partitionLeaderEpoch] of [
      [0, 1],
      [1, 2],
      [2, 3],
    ]) {
      const batch = batchOf(['x'], { baseOffset, partitionLeaderEpoch })
      await log.append(batch, { offsets: 'keep' })
    }
    await log.truncateTo(1)
    const other = batchOf(['y'], { baseOffset: 1, partitionLeaderEpoch: 2 })
    await log.append(other, { offsets: 'keep' })
    expect((await readAll(log)).map(({ leaderEpoch }) => leaderEpoch)).toEqual([1, 2])
  })

  it('is followed by readers in another process, however much is appended after it', async () => {
    const log = await filled(partitionPath(), { flush: 'os' })
    const agent = processAgent()
    await agent.open(log.directory, { readOnly: true })
    expect((await agent.call<SeenView>('read', 190)).values).toHaveLength(10)
    await log.truncateTo(100)
    for (let i = 0; i < 100; i++) await log.append({ value: `other ${i}`.padStart(500, '.') })
    const seen = await agent.call<SeenView>('read', 100)
    expect(seen.values.map((value) => value.replace(/^\.+/, ''))).toEqual(
      upTo(0, 100).map((i) => `other ${i}`),
    )
    expect(await agent.call('get', 'logEndOffset')).toBe(200)
  })
})

describe('deleteBefore', () => {
  it('raises the log start, and removes the segments below it', async () => {
    const directory = partitionPath()
    const log = await filled(directory)
    const before = segmentsIn(log).length
    await log.deleteBefore(101)
    expect(log.logStartOffset).toBe(101)
    expect(await offsetsOf(log)).toEqual(upTo(101, 200))
    expect(segmentsIn(log).length).toBeLessThan(before)
    expect(existsSync(join(directory, '00000000000000000000.log'))).toBe(false)
    expect((await log.verify()).findings).toEqual([])
    await log.close()
    const again = await openLog(directory, small)
    expect(again.logStartOffset).toBe(101)
    expect(again.info.findings).toEqual([])
    expect(await offsetsOf(again)).toEqual(upTo(101, 200))
  })

  it('takes everything up to the high watermark, and no more', async () => {
    const directory = partitionPath()
    const log = await filled(directory)
    await log.deleteBefore(200)
    expect(await offsetsOf(log)).toEqual([])
    expect(log).toMatchObject({ logStartOffset: 200, logEndOffset: 200 })
    expect(await codeOf(() => log.deleteBefore(201))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    expect(await codeOf(() => log.deleteBefore(-1))).toBe('ERR_INVALID_ARGUMENT')
    await log.close()
    const again = await openLog(directory, small)
    expect(again).toMatchObject({ logStartOffset: 200, logEndOffset: 200 })
    expect(await again.append({ value: 'x' })).toEqual({ baseOffset: 200 })
  })

  it('does nothing for an offset at or below the log start', async () => {
    const log = await filled()
    await log.deleteBefore(50)
    await log.deleteBefore(50)
    await log.deleteBefore(0)
    expect(log.logStartOffset).toBe(50)
  })

  it('is seen by readers in another process', async () => {
    const log = await filled()
    const agent = processAgent()
    await agent.open(log.directory, { readOnly: true })
    expect(await agent.call('get', 'logStartOffset')).toBe(0)
    await log.deleteBefore(150)
    expect(await agent.call('get', 'logStartOffset')).toBe(150)
    expect(await agent.call('read', 149)).toBe('ERR_OFFSET_OUT_OF_RANGE')
    expect((await agent.call<SeenView>('read', 150)).values[0]).toMatch(/^\.+75a$/)
  })

  it('and truncateTo together leave what lies between', async () => {
    const directory = partitionPath()
    const log = await filled(directory)
    await log.deleteBefore(60)
    await log.truncateTo(120)
    await log.truncateTo(60)
    expect(await offsetsOf(log)).toEqual([])
    await log.append({ value: 'x' })
    await log.close()
    const again = await openLog(directory, small)
    expect(await offsetsOf(again)).toEqual([60])
    expect((await again.verify()).findings).toEqual([])
  })
})
