import { describe, expect, it } from 'vitest'
import { RecordBatch } from '../../src/record/index.js'
import {
  batchOf,
  codeOf,
  openLog,
  partitionPath,
  readAll,
  records,
  valuesOf,
} from '../support/logs.js'

describe('append', () => {
  it('gives each batch the next offsets', async () => {
    const log = await openLog()
    expect(await log.append(records('a', 'b', 'c'))).toEqual({ baseOffset: 0 })
    expect(await log.append({ value: 'd' })).toEqual({ baseOffset: 3 })
    expect(log.appendSync(records('e'))).toEqual({ baseOffset: 4 })
    expect(log.logEndOffset).toBe(5)
    await log.flush()
    expect((await readAll(log)).map((record) => String(record.value))).toEqual([...'abcde'])
  })

  it('keeps every field of a record', async () => {
    const log = await openLog()
    const headers: [string, string | null][] = [
      ['trace', 'a1'],
      ['trace', null],
      ['é', 'ü'],
    ]
    await log.append([
      { key: 'k', value: null, headers, timestamp: 5 },
      { key: null, value: '', timestamp: 3 },
      { key: new Uint8Array([0, 255]), value: new Uint16Array([1]), timestamp: 4 },
    ])
    const [first, second, third] = await readAll(log)
    expect(first).toMatchObject({ topic: 'clicks', partition: 0, offset: 0, timestamp: 5 })
    expect(first?.value).toBeNull()
    expect(first?.headers.map(([name, value]) => [name, value && String(value)])).toEqual(headers)
    expect([second?.key, second?.value]).toEqual([null, Buffer.alloc(0)])
    expect([third?.key, third?.value]).toEqual([Buffer.from([0, 255]), Buffer.from([1, 0])])
  })

  it('takes a ready batch, whole or in chunks, and assigns offset and epoch', async () => {
    const log = await openLog(partitionPath(), { leaderEpoch: 7 })
    const batch = batchOf(['a', 'b'], { baseOffset: 99, partitionLeaderEpoch: 3 })
    expect(await log.append(batch)).toEqual({ baseOffset: 0 })
    const chunks = [batch.subarray(0, 5), batch.subarray(5, 70), batch.subarray(70)]
    expect(await log.append(chunks)).toEqual({ baseOffset: 2 })
    const found = await readAll(log)
    expect(found.map(({ offset, leaderEpoch }) => [offset, leaderEpoch])).toEqual([
      [0, 7],
      [1, 7],
      [2, 7],
      [3, 7],
    ])
  })

  it('leaves the bytes of a ready batch alone', async () => {
    const log = await openLog()
    const batch = batchOf(['a'], { baseOffset: 5 })
    const before = Buffer.from(batch)
    await log.append(records('x', 'y'))
    await log.append(batch)
    expect(batch).toEqual(before)
    const stored = Buffer.from((await log.read(2)).bytes)
    // All but base offset and leader epoch, which the log assigns.
    expect(stored.subarray(16)).toEqual(before.subarray(16))
  })

  it('keeps the offsets of a follower’s batches, gaps included, and their epochs', async () => {
    const log = await openLog()
    const first = batchOf(['a'], { baseOffset: 10, partitionLeaderEpoch: 2 })
    const second = batchOf(['b', 'c'], { baseOffset: 20, partitionLeaderEpoch: 4 })
    expect(await log.append(first, { offsets: 'keep' })).toEqual({ baseOffset: 10 })
    expect(await log.append(second, { offsets: 'keep' })).toEqual({ baseOffset: 20 })
    expect(await codeOf(() => log.append(first, { offsets: 'keep' }))).toBe(
      'ERR_OFFSET_OUT_OF_RANGE',
    )
    expect(log.logEndOffset).toBe(22)
    const found = await readAll(log, 0)
    expect(found.map(({ offset, leaderEpoch }) => [offset, leaderEpoch])).toEqual([
      [10, 2],
      [20, 4],
      [21, 4],
    ])
    const again = batchOf(['d'], { baseOffset: 30, partitionLeaderEpoch: 5 })
    await log.append(again, { offsets: 'keep', leaderEpoch: 6 })
    expect((await readAll(log, 30))[0]?.leaderEpoch).toBe(6)
  })

  it('writes what the options of a batch say, for that batch only', async () => {
    const log = await openLog()
    const idempotent = { producerId: 9, producerEpoch: 1, baseSequence: 3, isTransactional: true }
    await log.append(records('a', 'b'), { compression: 'gzip', compressionLevel: 9, ...idempotent })
    const compressed = new RecordBatch((await log.read(0)).bytes)
    expect(compressed).toMatchObject({ compression: 'gzip', ...idempotent })
    await log.append(records('c'), { deleteHorizonMs: 77, timestampType: 'LogAppendTime' })
    await log.append(records('d'), { compression: 'zstd', compressionLevel: 3 })
    await log.append(records('e'), { compression: 'lz4' })
    await log.append(records('f'))
    const after = new RecordBatch((await log.read(5)).bytes)
    expect(after).toMatchObject({ compression: 'none', producerId: -1, isTransactional: false })
    expect([after.timestampType, after.deleteHorizonMs]).toEqual(['CreateTime', undefined])
    expect((await readAll(log)).map((record) => String(record.value))).toEqual([...'abcdef'])
  })

  it('forgets the options and records of a batch that was refused', async () => {
    const log = await openLog()
    const faulty = [{ value: 'lost' }, { value: 5 as unknown as string }]
    const producer = { producerId: 4, producerEpoch: 0, baseSequence: 0 }
    const options = { compression: 'gzip', isTransactional: true, ...producer } as const
    expect(await codeOf(() => log.append(faulty, options))).toBe('ERR_INVALID_ARGUMENT')
    const tooLarge = { value: Buffer.alloc(2_000_000) }
    expect(await codeOf(() => log.append(tooLarge, { ...options, compression: 'none' }))).toBe(
      'ERR_BATCH_TOO_LARGE',
    )
    await log.append(records('kept'))
    const view = await log.read(0)
    expect(new RecordBatch(view.bytes)).toMatchObject({
      compression: 'none',
      isTransactional: false,
    })
    expect(valuesOf(view)).toEqual(['kept'])
  })

  it('copies its input before it returns', async () => {
    const log = await openLog()
    const value = Buffer.from('before')
    const batch = batchOf(['before'])
    const appended = [log.append({ value }), log.append(batch)]
    value.fill('x')
    batch.fill('x')
    await Promise.all(appended)
    expect((await readAll(log)).map((record) => String(record.value))).toEqual(['before', 'before'])
  })

  it('resolves pending appends in order, and all of them at close', async () => {
    const log = await openLog()
    const order: number[] = []
    const appends = Array.from({ length: 500 }, async (_, i) => {
      const { baseOffset } = await log.append({ value: `${i}` })
      order.push(baseOffset)
    })
    await log.close()
    await Promise.all(appends)
    expect(order).toEqual(Array.from({ length: 500 }, (_, i) => i))
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'text'],
    ['a number', 5],
    ['no record', []],
    ['a string among records', [{ value: 'a' }, 'text']],
    ['null among records', [{ value: 'a' }, null]],
    ['a record among chunks', [batchOf(['a']), { value: 'a' }]],
    ['chunks among records', [{ value: 'a' }, batchOf(['a'])]],
    ['a value that is no bytes', { value: 5 }],
    ['a key that is no bytes', { key: {} }],
    ['headers that are none', { headers: 5 }],
    ['a timestamp with a fraction', { timestamp: 1.5 }],
    ['a timestamp below -1', { timestamp: -2 }],
    ['a record whose only field is misspelt', { valeu: 'x' }],
    ['such a record among others', [{ value: 'a' }, { timestamp: 1, kye: 'x' }]],
  ])('refuses %s', async (_, input) => {
    const log = await openLog()
    expect(await codeOf(() => log.append(input as never))).toBe('ERR_INVALID_ARGUMENT')
    expect(await codeOf(() => log.appendSync(input as never))).toBe('ERR_INVALID_ARGUMENT')
    expect(log.logEndOffset).toBe(0)
    await log.append(records('usable'))
    expect(valuesOf(await log.read(0))).toEqual(['usable'])
  })

  it.each([
    ['offsets for records', records('a'), { offsets: 'keep' }],
    ['a codec that does not exist', records('a'), { compression: 'rar' }],
    ['a misspelt option', records('a'), { compresion: 'gzip' }],
    ['a misspelt option of a ready batch', batchOf(['a']), { offset: 'keep' }],
    ['offsets that are neither', batchOf(['a']), { offsets: 'kept' }],
    ['an epoch that is none', batchOf(['a']), { leaderEpoch: 2 ** 31 }],
    ['records’ options on a ready batch', batchOf(['a']), { compression: 'gzip' }],
  ])('refuses %s as an option', async (_, input, options) => {
    const log = await openLog()
    expect(await codeOf(() => log.append(input, options as never))).toMatch(
      /^ERR_(INVALID_OPTION|UNSUPPORTED_CODEC)$/,
    )
    expect(log.logEndOffset).toBe(0)
  })
})

describe('a record without key and value', () => {
  it('is refused for a field that no record has, by name, with those that there are', async () => {
    const log = await openLog()
    expect(() => log.appendSync({ valeu: 'x' } as never)).toThrow(
      'no field valeu; there are key, value, headers, timestamp',
    )
  })

  it('is appended where it says nothing else', async () => {
    const log = await openLog()
    await log.append([{ value: null }, { headers: { a: '1' } }, { timestamp: 5 }])
    expect(log.logEndOffset).toBe(3)
  })

  it.each<[string, object]>([
    ['an object without fields', {}],
    ['a promise', Promise.resolve({ value: 'x' })],
    ['a map', new Map([['value', 'x']])],
    ['a date', new Date()],
    ['memory', new ArrayBuffer(8)],
  ])('is refused where it is %s', async (_, record) => {
    const log = await openLog()
    const refused = { code: 'ERR_INVALID_ARGUMENT' }
    await expect(log.append(record)).rejects.toMatchObject(refused)
    await expect(log.append([record])).rejects.toMatchObject(refused)
    expect(log.logEndOffset).toBe(0)
  })
})

describe('a log that rolls', () => {
  it('starts a new segment before a batch that would pass segmentBytes', async () => {
    const log = await openLog(partitionPath(), { segmentBytes: 4096, flush: 'os' })
    const value = 'v'.repeat(1000)
    for (let i = 0; i < 20; i++) await log.append({ value })
    expect(log.info.segmentCount).toBe(7)
    expect((await readAll(log)).map((record) => record.offset)).toHaveLength(20)
  })

  it('starts a new segment when a timestamp lies segmentMs past the first', async () => {
    const log = await openLog(partitionPath(), { segmentMs: 100, flush: 'os' })
    for (const timestamp of [1000, 1100, 1101, 1150, 5000]) await log.append({ timestamp })
    expect(log.info.segmentCount).toBe(3)
  })

  it('starts a new segment when an index is full', async () => {
    const options = { segmentIndexBytes: 64, indexIntervalBytes: 0, flush: 'os' } as const
    const log = await openLog(partitionPath(), options)
    for (let i = 0; i < 20; i++) await log.append({ value: `${i}`, timestamp: i })
    expect(log.info.segmentCount).toBeGreaterThan(2)
    expect((await readAll(log)).map((record) => record.offset)).toHaveLength(20)
    expect((await log.verify()).findings).toEqual([])
  })

  it.each([
    ['maxMessageBytes', { maxMessageBytes: 2000 }],
    ['segmentBytes', { segmentBytes: 4096 }],
  ])('names %s where that is what a batch is too large for', async (name, options) => {
    const log = await openLog(partitionPath(), options)
    const larger = log.append({ value: 'v'.repeat(4097) })
    await expect(larger).rejects.toThrow(new RegExp(`raise ${name}$`))
  })

  it('takes a batch of exactly maxMessageBytes, and none above', async () => {
    const size = batchOf(['v'.repeat(1000)]).length
    const log = await openLog(partitionPath(), { maxMessageBytes: size })
    await log.append({ value: 'v'.repeat(1000), timestamp: 1000 })
    const larger = () => log.append({ value: 'v'.repeat(1001), timestamp: 1000 })
    expect(await codeOf(larger)).toBe('ERR_BATCH_TOO_LARGE')
    expect(log.logEndOffset).toBe(1)
  })
})
