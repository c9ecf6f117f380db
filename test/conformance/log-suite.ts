import { describe, expect, it } from 'vitest'
import { batchOf, codeOf, type LogView, records, valuesOf } from '../support/logs.js'
import type { LogLike } from '../support/model-log.js'

async function valuesIn(log: LogLike): Promise<string[]> {
  const found: string[] = []
  let view: LogView = await log.read(log.logStartOffset)
  for (; !view.isEmpty; view = await log.read(view.nextOffset)) found.push(...valuesOf(view))
  return found
}

/** What every log does, whatever it is made of; `open` gives an empty one. */
export function logSuite(name: string, open: () => Promise<LogLike>): void {
  describe(name, () => {
    appending(open)
    reading(open)
    cuttingAndClosing(open)
  })
}

function appending(open: () => Promise<LogLike>): void {
  it('is empty at first', async () => {
    const log = await open()
    expect(log).toMatchObject({ logStartOffset: 0, logEndOffset: 0, highWatermark: 0 })
    expect((await log.read(0)).isEmpty).toBe(true)
    expect(await log.offsetForTimestamp(0)).toBeNull()
    await log.truncateTo(0)
    await log.deleteBefore(0)
    await log.flush()
  })

  it('gives records the next offsets, in the order of the appends', async () => {
    const log = await open()
    expect(await log.append(records('a', 'b'))).toEqual({ baseOffset: 0 })
    expect(await log.append({ value: 'c' })).toEqual({ baseOffset: 2 })
    const columns = { values: Buffer.from('de'), valueLengths: Int32Array.of(1, 1) }
    expect(await log.appendColumns(columns)).toEqual({ baseOffset: 3 })
    expect(await log.append(batchOf(['f']))).toEqual({ baseOffset: 5 })
    expect(log.logEndOffset).toBe(6)
    expect(await valuesIn(log)).toEqual([...'abcdef'])
  })

  it('keeps the offsets of batches that have their own', async () => {
    const log = await open()
    for (const baseOffset of [3, 5, 100]) {
      const batch = batchOf(['x', 'y'], { baseOffset, partitionLeaderEpoch: 4 })
      expect(await log.append(batch, { offsets: 'keep' })).toEqual({ baseOffset })
    }
    const low = batchOf(['x'], { baseOffset: 101 })
    expect(await codeOf(() => log.append(low, { offsets: 'keep' }))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    const view = await log.read(0)
    expect(Array.from(view, ({ offset }) => offset)).toEqual([3, 4, 5, 6, 100, 101])
    expect(Array.from(view, ({ leaderEpoch }) => leaderEpoch)).toEqual([4, 4, 4, 4, 4, 4])
    expect((await log.read(7)).baseOffset).toBe(100)
    expect(log.logEndOffset).toBe(102)
  })

  it('refuses a batch that is too large, and goes on', async () => {
    const log = await open()
    const value = Buffer.alloc(1_048_588)
    expect(await codeOf(() => log.append({ value }))).toBe('ERR_BATCH_TOO_LARGE')
    expect(await log.append({ value: value.subarray(1000) })).toEqual({ baseOffset: 0 })
  })
}

function reading(open: () => Promise<LogLike>): void {
  it('reads from the batch that holds an offset on, and leaves earlier records out', async () => {
    const log = await open()
    await log.append(records('a', 'b', 'c'))
    await log.append(records('d'))
    for (const [offset, expected] of ['abcd', 'bcd', 'cd', 'd', ''].entries()) {
      const view = await log.read(offset)
      expect(valuesOf(view)).toEqual([...expected])
      expect(view.nextOffset).toBe(4)
      expect(view.baseOffset).toBe(offset < 3 ? 0 : offset)
    }
    expect(await codeOf(() => log.read(5))).toBe('ERR_OFFSET_OUT_OF_RANGE')
  })

  it('gives one batch at least, and no more than maxBytes otherwise', async () => {
    const log = await open()
    for (let i = 0; i < 5; i++) await log.append(batchOf(['value']))
    const { sizeInBytes } = await log.read(4)
    for (const [maxBytes, batches] of [
      [0, 1],
      [1, 1],
      [2, 2],
      [2.9, 2],
      [5, 5],
    ] as const) {
      const view = await log.read(0, { maxBytes: Math.floor(maxBytes * sizeInBytes) })
      expect(view.sizeInBytes).toBe(batches * sizeInBytes)
    }
  })

  it('finds the first record at or after a time', async () => {
    const log = await open()
    await log.append([{ timestamp: 30 }, { timestamp: 10 }])
    await log.append([{ timestamp: 20 }, { timestamp: 50 }, { timestamp: 40 }])
    await log.append({ timestamp: -1 })
    const at = async (time: number) => (await log.offsetForTimestamp(time))?.offset
    expect(await Promise.all([-1, 0, 30, 31, 50, 51].map(at))).toEqual([
      ...[0, 0, 0, 3, 3],
      undefined,
    ])
    await log.deleteBefore(4)
    expect(await at(0)).toBe(4)
    expect(await log.offsetForTimestamp(-1)).toEqual({ offset: 4, timestamp: 40, leaderEpoch: 0 })
  })
}

function cuttingAndClosing(open: () => Promise<LogLike>): void {
  it('is cut at batches, below the offset', async () => {
    const log = await open()
    await log.append(records('a', 'b'))
    await log.append(records('c', 'd'))
    await log.append(records('e'))
    await log.truncateTo(4)
    expect(await valuesIn(log)).toEqual([...'abcd'])
    await log.truncateTo(3)
    expect(log.logEndOffset).toBe(2)
    expect(await log.append(records('new'))).toEqual({ baseOffset: 2 })
    expect(await valuesIn(log)).toEqual(['a', 'b', 'new'])
    expect(await codeOf(() => log.truncateTo(4))).toBe('ERR_OFFSET_OUT_OF_RANGE')
  })

  it('starts where deleteBefore says, in the middle of a batch too', async () => {
    const log = await open()
    await log.append(records('a', 'b', 'c'))
    await log.deleteBefore(1)
    expect(log.logStartOffset).toBe(1)
    expect(await valuesIn(log)).toEqual(['b', 'c'])
    expect(await codeOf(() => log.read(0))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    expect(await codeOf(() => log.truncateTo(0))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    expect(await codeOf(() => log.deleteBefore(4))).toBe('ERR_OFFSET_OUT_OF_RANGE')
    await log.deleteBefore(0)
    expect(log.logStartOffset).toBe(1)
    await log.deleteBefore(3)
    expect(await valuesIn(log)).toEqual([])
    expect(await log.append(records('d'))).toEqual({ baseOffset: 3 })
  })

  it('refuses to be cut in the batch in which it starts', async () => {
    const log = await open()
    await log.append(records('a', 'b', 'c', 'd'))
    await log.deleteBefore(2)
    const refused = { code: 'ERR_OFFSET_OUT_OF_RANGE' }
    for (const offset of [2, 3]) await expect(log.truncateTo(offset)).rejects.toMatchObject(refused)
    expect(log).toMatchObject({ logStartOffset: 2, logEndOffset: 4 })
    expect(await log.append(records('new'))).toEqual({ baseOffset: 4 })
  })

  it('refuses everything once it is closed', async () => {
    const log = await open()
    await log.append(records('a'))
    await log.close()
    await log.close()
    const calls = [
      () => log.append(records('b')),
      () => log.append(batchOf(['b'])),
      () => log.appendColumns({ values: Buffer.alloc(1), valueLengths: Int32Array.of(1) }),
      () => log.read(0),
      () => log.truncateTo(0),
      () => log.deleteBefore(0),
      () => log.offsetForTimestamp(0),
      () => log.flush(),
    ]
    for (const call of calls) expect(await codeOf(call)).toBe('ERR_CLOSED')
  })
}
