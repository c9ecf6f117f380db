import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/record/index.js'
import { batchOf, codeOf, faultOf, openLog, readAll, records } from '../support/logs.js'

type Harm = (batch: Buffer) => Buffer | undefined

/** A batch of three records that `harm` has changed, its CRC made right again where asked. */
function harmed(harm: Harm, { fixCrc = true, compression = 'none' } = {}): Buffer {
  const batch = batchOf(['first', 'second', 'third'], { compression })
  const result = harm(batch) ?? batch
  if (!fixCrc || result.length < 22) return result
  const end = Math.min(result.length, Math.max(21, 12 + result.readInt32BE(8)))
  result.writeUInt32BE(crc32c(result, 21, end), 17)
  return result
}

const at = { length: 8, magic: 16, crc: 17, attributes: 21, lastDelta: 23, count: 57, records: 61 }

function resized(batch: Buffer, length: number): Buffer {
  batch.writeInt32BE(length, at.length)
  return batch
}

const invalid: [string, Harm][] = [
  ['a count above the records', (batch) => void batch.writeInt32BE(4, at.count)],
  ['a count below the records', (batch) => void batch.writeInt32BE(2, at.count)],
  ['a count of 0', (batch) => void batch.writeInt32BE(0, at.count)],
  ['a negative count', (batch) => void batch.writeInt32BE(-1, at.count)],
  ['a huge count', (batch) => void batch.writeInt32BE(2 ** 31 - 1, at.count)],
  ['a negative length', (batch) => resized(batch, -1)],
  ['the smallest length', (batch) => resized(batch, -(2 ** 31))],
  ['a length of 0', (batch) => resized(batch, 0)],
  ['a length below a header', (batch) => resized(batch, 48)],
  ['a huge length', (batch) => resized(batch, 2 ** 31 - 1)],
  ['one byte more than it has', (batch) => resized(batch, batch.length - 11)],
  ['trailing bytes', (batch) => Buffer.concat([batch, Buffer.alloc(3)])],
  ['a second batch behind it', (batch) => Buffer.concat([batch, batch])],
  [
    'trailing bytes inside',
    (batch) => {
      const longer = Buffer.concat([batch, Buffer.alloc(3)])
      return resized(longer, longer.length - 12)
    },
  ],
  ['its last byte missing', (batch) => batch.subarray(0, -1)],
  ['a header alone', (batch) => batch.subarray(0, 61)],
  ['less than a header', (batch) => batch.subarray(0, 60)],
  ['20 bytes', (batch) => batch.subarray(0, 20)],
  ['one byte', (batch) => batch.subarray(0, 1)],
  ['nothing', () => Buffer.alloc(0)],
  ['zeros', () => Buffer.alloc(100)],
  ['text', () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(4))],
  ['a negative last offset delta', (batch) => void batch.writeInt32BE(-1, at.lastDelta)],
  ['a last offset delta that is too small', (batch) => void batch.writeInt32BE(1, at.lastDelta)],
  ['a codec that does not exist', (batch) => void batch.writeInt16BE(5, at.attributes)],
  ['a record with a negative length', (batch) => void batch.writeUInt8(1, at.records)],
  ['a record that reaches behind the batch', (batch) => void batch.writeUInt8(0x7e, at.records)],
  ['a record length without end', (batch) => void batch.fill(0xff, at.records, at.records + 12)],
  ['a value length that lies', (batch) => void batch.writeUInt8(0x7e, at.records + 5)],
  ['a header count that lies', (batch) => void batch.writeUInt8(0x7e, at.records + 11)],
]

describe('append of a ready batch', () => {
  it.each(invalid)('refuses %s', async (_, harm) => {
    const log = await openLog()
    const batch = harmed(harm)
    for (const options of [{}, { offsets: 'keep' }] as const) {
      const fault = await faultOf(() => log.append(batch, options))
      expect(fault?.code).toMatch(/^ERR_(INVALID_BATCH|UNSUPPORTED_MAGIC)$/)
      expect(fault?.message).toMatch(/^the batch |^only |^-?\d+ bytes stand behind the batch/)
    }
    expect(log.logEndOffset).toBe(0)
    await log.append(records('usable'))
    expect(await readAll(log)).toHaveLength(1)
    expect((await log.verify()).findings).toEqual([])
  })

  it.each([3, 2 ** 31 - 1])('refuses last offset delta %i of a producer', async (lastDelta) => {
    const log = await openLog()
    const batch = harmed((bytes) => void bytes.writeInt32BE(lastDelta, at.lastDelta))
    expect(await codeOf(() => log.append(batch))).toBe('ERR_INVALID_BATCH')
    // A compacted batch of a leader has such gaps.
    expect(await log.append(batch, { offsets: 'keep' })).toEqual({ baseOffset: 0 })
    expect(log.logEndOffset).toBe(lastDelta + 1)
    expect((await log.verify()).findings).toEqual([])
  })

  it('refuses a wrong CRC, whatever byte differs', async () => {
    const log = await openLog()
    const size = batchOf(['first', 'second', 'third']).length
    for (let position = at.crc; position < size; position++) {
      const flip = (batch: Buffer) => void batch.writeUInt8(batch.readUInt8(position) ^ 1, position)
      const batch = harmed(flip, { fixCrc: false })
      expect(await codeOf(() => log.append(batch)), `byte ${position}`).toBe('ERR_INVALID_BATCH')
    }
    expect(log.logEndOffset).toBe(0)
  })

  it.each([0, 1, 3, 127, -1])('refuses magic %i', async (magic) => {
    const log = await openLog()
    const batch = harmed((bytes) => void bytes.writeInt8(magic, at.magic))
    const fault = await faultOf(() => log.append(batch))
    expect(fault).toMatchObject({ code: 'ERR_UNSUPPORTED_MAGIC', kafkaCode: 43 })
    expect(log.logEndOffset).toBe(0)
  })

  it('stores all of a batch or nothing, whatever byte differs', async () => {
    const log = await openLog(undefined, { flush: 'os' })
    const size = batchOf(['first', 'second', 'third']).length
    let stored = 0
    for (let position = 0; position < size; position++) {
      if (position === at.attributes + 1) continue // Codec, control: they change the meaning.
      for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const batch = harmed((bytes) => void bytes.writeUInt8(value, position))
        if ((await codeOf(() => log.append(batch))) === 'no error') stored += 3
        expect(log.logEndOffset).toBe(stored)
      }
    }
    expect(await readAll(log)).toHaveLength(stored)
    expect((await log.verify()).findings).toEqual([])
  })
})

describe('offsets near the limits', () => {
  const kept = (baseOffset: number, values = ['x']) => batchOf(values, { baseOffset })

  it('takes batches that lie 2^31 apart, each reachable, in segments of their own', async () => {
    const log = await openLog()
    const bases = [0, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 2 ** 31 - 1, 2 ** 33 + 2 ** 31]
    for (const base of bases) await log.append(kept(base), { offsets: 'keep' })
    expect((await readAll(log, 0)).map(({ offset }) => offset)).toEqual(bases)
    for (const base of bases) expect([...(await log.read(base))][0]?.offset).toBe(base)
    expect((await log.verify()).findings).toEqual([])
    await log.close()
    const again = await openLog(log.directory)
    expect((await readAll(again, 0)).map(({ offset }) => offset)).toEqual(bases)
    expect(again.info.findings).toEqual([])
  })

  it('ends at 2^53 - 1, and neither wraps nor loses a bit', async () => {
    const log = await openLog()
    const last = 2 ** 53 - 2
    await log.append(kept(last - 2, ['a', 'b']), { offsets: 'keep' })
    await log.append(kept(last), { offsets: 'keep' })
    expect(log.logEndOffset).toBe(2 ** 53 - 1)
    expect((await readAll(log, 0)).map(({ offset }) => offset)).toEqual([last - 2, last - 1, last])
    expect(await codeOf(() => log.append(records('one too many')))).toBe('ERR_OFFSET_OVERFLOW')
    expect((await log.read(2 ** 53 - 1)).isEmpty).toBe(true)
    await log.close()
    const again = await openLog(log.directory)
    expect(again.logEndOffset).toBe(2 ** 53 - 1)
    await again.truncateTo(last)
    expect(await again.append(records('room again'))).toEqual({ baseOffset: last })
  })

  it.each([2n ** 53n, 2n ** 53n - 1n, 2n ** 62n, 2n ** 63n - 1n, -1n, -(2n ** 63n)])(
    'refuses base offset %s',
    async (baseOffset) => {
      const log = await openLog()
      const batch = kept(0)
      batch.writeBigInt64BE(baseOffset)
      const code = await codeOf(() => log.append(batch, { offsets: 'keep' }))
      expect(code).toBe('ERR_OFFSET_OVERFLOW')
      expect(log.logEndOffset).toBe(0)
    },
  )
})

describe('a compressed batch that lies', () => {
  /** Compressed records that say nothing true, behind a header that is sound. */
  const packed = (content: Buffer) =>
    harmed(
      (batch) => {
        const longer = Buffer.concat([batch.subarray(0, at.records), gzipSync(content)])
        return resized(longer, longer.length - 12)
      },
      { compression: 'gzip' },
    )

  it('is refused by whoever decodes it when it is a bomb, in bounded memory', async () => {
    const log = await openLog()
    const bomb = packed(Buffer.alloc(300 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(400_000)
    await log.append(bomb)
    await log.append(records('behind'))
    const view = await log.read(0)
    const before = process.memoryUsage().rss
    expect(await codeOf(() => [...view])).toBe('ERR_DECOMPRESSION_LIMIT')
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
    expect(await readAll(log, 3)).toHaveLength(1)
    const { findings } = await log.verify()
    expect(findings).toMatchObject([{ position: 0, fromOffset: 0, toOffset: 2 }])
  })

  it('is found by whoever decodes it when its content is no records', async () => {
    const log = await openLog()
    await log.append(packed(Buffer.from('no records at all')))
    await log.append(records('behind'))
    const fault = await faultOf(async () => [...(await log.read(0))])
    expect(fault).toMatchObject({ code: 'ERR_CORRUPT_BATCH', fromOffset: 0, toOffset: 2 })
    expect(fault).toMatchObject({ topic: 'clicks', partition: 0 })
    expect((await log.verify()).findings).toHaveLength(1)
    expect(await readAll(log, 3)).toHaveLength(1)
  })
})
