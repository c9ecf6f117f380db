import { describe, expect, it } from 'vitest'
import type { Columns } from '../../src/log/index.js'
import { RecordBatch } from '../../src/record/index.js'
import { codeOf, openLog, partitionPath, readAll, records } from '../support/logs.js'

const lengths = (...all: number[]) => Int32Array.of(...all)
const columns: Columns = { values: Buffer.from('onethree'), valueLengths: lengths(3, -1, 0, 5) }

describe('appendColumns', () => {
  it('appends a record for each length, -1 being null', async () => {
    const log = await openLog()
    const before = Date.now()
    expect(await log.appendColumns(columns)).toEqual({ baseOffset: 0 })
    expect(await log.appendColumns(columns)).toEqual({ baseOffset: 4 })
    const found = await readAll(log)
    expect(found.map(({ value }) => value && String(value))).toEqual([
      'one',
      null,
      '',
      'three',
      'one',
      null,
      '',
      'three',
    ])
    expect(found.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(found.every(({ key, headers }) => key === null && headers.length === 0)).toBe(true)
    expect(found[0]?.timestamp).toBeGreaterThanOrEqual(before)
    expect(found[0]?.timestamp).toBeLessThanOrEqual(Date.now())
  })

  it('takes keys and timestamps in any order', async () => {
    const log = await openLog()
    await log.appendColumns({
      ...columns,
      keys: Buffer.from('kkey'),
      keyLengths: lengths(1, 0, -1, 3),
      timestamps: Float64Array.of(50, -1, 2 ** 52, 49),
    })
    const found = await readAll(log)
    expect(found.map(({ key }) => key && String(key))).toEqual(['k', '', null, 'key'])
    expect(found.map(({ timestamp }) => timestamp)).toEqual([50, -1, 2 ** 52, 49])
    expect(new RecordBatch((await log.read(0)).bytes).maxTimestamp).toBe(2 ** 52)
  })

  it('skips the delimiter of lines, and what stands behind the last', async () => {
    const log = await openLog()
    const values = Buffer.from('ab\n\ncd\nrest without end')
    await log.appendColumns({ values, valueLengths: lengths(2, 0, 2, 99), count: 3, valueGap: 1 })
    expect((await readAll(log)).map(({ value }) => String(value))).toEqual(['ab', '', 'cd'])
  })

  it('writes the batch that encoding the records one by one gives', async () => {
    const log = await openLog(partitionPath(), { maxMessageBytes: 8_000_000 })
    const sizes = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 8191, 8192, 70_000, 2 ** 20]
    const values = Buffer.from(Uint8Array.from({ length: 1_250_000 }, (_, i) => i * 31))
    const timestamps = Float64Array.from(sizes, (_, i) => 1_700_000_000_000 + ((i * 7919) % 1000))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    await log.appendColumns({ values, valueLengths: Int32Array.from(sizes), timestamps })
    let at = 0
    const plain = sizes.map((size, i) => {
      at += size
      return { value: values.subarray(at - size, at), timestamp: timestamps[i] as number }
    })
    await log.append(plain)
    expect(at).toBe(total)
    const first = (await log.read(0, { maxBytes: 1 })).bytes
    const second = (await log.read(sizes.length)).bytes
    expect(first.subarray(8).equals(second.subarray(8))).toBe(true)
  })

  const shared = (type: Int32ArrayConstructor) => new type(new SharedArrayBuffer(16))
  it.each<[string, object]>([
    ['no columns', {}],
    ['values that are no bytes', { ...columns, values: 'onethree' }],
    ['lengths that are no Int32Array', { ...columns, valueLengths: [3, 5] }],
    ['lengths that another thread may change', { ...columns, valueLengths: shared(Int32Array) }],
    ['keys without lengths', { ...columns, keys: Buffer.alloc(8) }],
    ['lengths of keys without keys', { ...columns, keyLengths: lengths(1, 1, 1, 1) }],
    ['timestamps that are no Float64Array', { ...columns, timestamps: [1, 2, 3, 4] }],
    ['no record', { ...columns, valueLengths: lengths() }],
    ['a count of 0', { ...columns, count: 0 }],
    ['a count below 0', { ...columns, count: -1 }],
    ['a count with a fraction', { ...columns, count: 1.5 }],
    ['a count above the lengths', { ...columns, count: 5 }],
    ['a count that wraps', { ...columns, count: 2 ** 32 + 1 }],
    ['a gap below 0', { ...columns, valueGap: -1 }],
    ['a gap that is not there', { ...columns, valueGap: 1 }],
    ['a gap that wraps', { ...columns, valueGap: 2 ** 32 }],
    ['lengths that sum to too much', { ...columns, valueLengths: lengths(3, 6) }],
    ['lengths that overflow', { ...columns, valueLengths: lengths(2 ** 31 - 1, 2 ** 31 - 1) }],
    ['a length below -1', { ...columns, valueLengths: lengths(3, -2) }],
    ['the smallest length', { ...columns, valueLengths: lengths(-(2 ** 31), 8) }],
    ['too few lengths of keys', { ...columns, keys: Buffer.alloc(1), keyLengths: lengths(1) }],
    [
      'keys that are too short',
      { ...columns, keys: Buffer.alloc(1), keyLengths: lengths(1, 1, 0, 0) },
    ],
    ['too few timestamps', { ...columns, timestamps: Float64Array.of(1) }],
    ['a timestamp that is none', { ...columns, timestamps: Float64Array.of(1, Number.NaN, 3, 4) }],
    ['an infinite timestamp', { ...columns, timestamps: Float64Array.of(1, 2, 3, Infinity) }],
    ['a timestamp with a fraction', { ...columns, timestamps: Float64Array.of(0.5, 2, 3, 4) }],
  ])('refuses %s', async (_, input) => {
    const log = await openLog()
    expect(await codeOf(() => log.appendColumns(input as Columns))).toBe('ERR_INVALID_ARGUMENT')
    expect(log.logEndOffset).toBe(0)
    await log.append(records('usable'))
    expect(await readAll(log)).toHaveLength(1)
  })

  it('refuses a field that columns do not have, and names those that there are', async () => {
    const log = await openLog()
    const misspelt = { ...columns, timestamp: Float64Array.of(1, 2, 3, 4) }
    await expect(log.appendColumns(misspelt)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringMatching(/no field timestamp; there are values, .*timestamps, count/),
    })
  })

  it('refuses columns that are nothing', async () => {
    const log = await openLog()
    expect(await codeOf(() => log.appendColumns(undefined as never))).toBe('ERR_INVALID_ARGUMENT')
    expect(await codeOf(() => log.appendColumns(null as never))).toBe('ERR_INVALID_ARGUMENT')
  })

  it('refuses a batch above maxMessageBytes', async () => {
    const log = await openLog(partitionPath(), { maxMessageBytes: 100 })
    const values = Buffer.alloc(100)
    const append = () => log.appendColumns({ values, valueLengths: lengths(100) })
    expect(await codeOf(append)).toBe('ERR_BATCH_TOO_LARGE')
    expect(log.logEndOffset).toBe(0)
  })
})
