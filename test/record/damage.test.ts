import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BatchBuilder, DuramenError, RecordCursor } from '../../src/record/index.js'
import * as layout from '../../src/record/layout.js'
import { writeInt64 } from '../../src/record/layout.js'

const base = { baseOffset: 100, partitionLeaderEpoch: 1 }

function sample(options = {}): Buffer {
  const builder = new BatchBuilder({ ...base, ...options })
  for (let i = 0; i < 5; i++) {
    const headers = i % 2 ? { trace: `t${i}`, none: null } : undefined
    builder.append({ key: i ? `k${i}` : null, value: 'v'.repeat(i * 20), headers, timestamp: 1e12 })
  }
  return Buffer.from(builder.build())
}

/** Everything that the cursor gives, touched; the error that stopped it, if one did. */
function walk(bytes: Uint8Array, cursor = new RecordCursor()): unknown {
  try {
    for (cursor.reset(bytes); cursor.next(); ) JSON.stringify(cursor.toRecord())
    return undefined
  } catch (error) {
    return error
  }
}

const reading = /^ERR_(CORRUPT_BATCH|UNSUPPORTED_MAGIC|UNSUPPORTED_CODEC|DECOMPRESSION_LIMIT)$/

describe.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'a batch with %s',
  (compression) => {
    const bytes = sample({ compression })

    test('survives any change of any byte with a typed error, or none', () => {
      const cursor = new RecordCursor(undefined, {
        includeControl: true,
        maxDecompressedBytes: 1 << 20,
      })
      for (let at = 0; at < bytes.length; at++) {
        for (const change of [0x01, 0x02, 0x10, 0x40, 0x80, 0x7f, 0xff]) {
          const damaged = Buffer.from(bytes)
          damaged[at] = (damaged[at] ?? 0) ^ change
          const error = walk(damaged, cursor)
          if (error === undefined) continue
          expect(error).toBeInstanceOf(DuramenError)
          expect((error as DuramenError).code).toMatch(reading)
          expect((error as DuramenError).position).toBe(0)
        }
      }
    })

    test('is refused when it is cut off, at whatever place', () => {
      for (let end = 1; end < bytes.length; end++) {
        expect(walk(bytes.subarray(0, end))).toMatchObject({
          code: 'ERR_CORRUPT_BATCH',
          position: 0,
        })
      }
    })
  },
)

test('any bytes behind a sound header give a typed error, or none', () => {
  const header = sample().subarray(0, layout.batchHeaderSize)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(6), fc.nat(20), (rest, codec, count) => {
      const bytes = Buffer.concat([header, rest])
      bytes.writeInt32BE(bytes.length - 12, layout.batchLengthAt)
      bytes.writeInt16BE(codec, layout.attributesAt)
      bytes.writeInt32BE(count, layout.recordCountAt)
      bytes.writeInt32BE(Math.max(count - 1, 0), layout.lastOffsetDeltaAt)
      const error = walk(bytes) ?? new DuramenError('ERR_CORRUPT_BATCH', '')
      expect((error as DuramenError).code).toMatch(reading)
    }),
    { numRuns: 3000 },
  )
})

describe('an error says what is wrong, and where reading can go on', () => {
  const damaged = (change: (bytes: Buffer, view: DataView) => void, compression = 'none') => {
    const bytes = sample({ compression })
    change(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
    return walk(Buffer.concat([sample(), bytes]))
  }
  const at = sample().length
  const first = layout.batchHeaderSize

  test.each([
    ['a count that is too high', (b: Buffer) => b.writeInt32BE(6, layout.recordCountAt)],
    ['a count that is too low', (b: Buffer) => b.writeInt32BE(4, layout.recordCountAt)],
    ['a negative count', (b: Buffer) => b.writeInt32BE(-1, layout.recordCountAt)],
    ['a huge count', (b: Buffer) => b.writeInt32BE(2 ** 31 - 1, layout.recordCountAt)],
    [
      'a last offset delta below the count',
      (b: Buffer) => b.writeInt32BE(3, layout.lastOffsetDeltaAt),
    ],
    ['a negative size', (b: Buffer) => b.writeInt32BE(-50, layout.batchLengthAt)],
    ['a size below a header', (b: Buffer) => b.writeInt32BE(48, layout.batchLengthAt)],
    ['a size beyond the end', (b: Buffer) => b.writeInt32BE(b.length - 11, layout.batchLengthAt)],
    ['a negative base offset', (b: Buffer) => b.writeInt32BE(-1, layout.baseOffsetAt)],
    ['offsets beyond 2^53', (b: Buffer) => b.writeInt32BE(2 ** 21, layout.baseOffsetAt)],
    ['timestamps beyond 2^53', (b: Buffer) => b.writeInt32BE(2 ** 21, layout.baseTimestampAt)],
    ['a negative record length', (b: Buffer) => b.writeUInt8(0x01, first)],
    ['a record length that is too long', (b: Buffer) => b.writeUInt8(0x7e, first)],
    ['a key length of -2', (b: Buffer) => b.writeUInt8(0x03, first + 4)],
    ['a key that passes its record', (b: Buffer) => b.writeUInt8(0x20, first + 4)],
    ['a negative header count', (b: Buffer) => b.writeUInt8(0x01, first + 6)],
  ])('%s', (_, change) => {
    const error = damaged((bytes) => void change(bytes))
    expect(error).toMatchObject({ code: 'ERR_CORRUPT_BATCH', position: at })
    expect(String(error)).toContain(`the batch at position ${at}`)
  })

  test('offsets of the batch, where its header is sound', () => {
    const error = damaged((bytes) => bytes.writeUInt8(0x20, first + 4))
    expect(error).toMatchObject({ fromOffset: 100, toOffset: 104 })
    expect(String(error)).toContain('reading can go on at offset 105')
  })

  test.each([0, 1, 3])('magic %i', (magic) => {
    const error = damaged((bytes) => bytes.writeUInt8(magic, layout.magicAt))
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED_MAGIC', position: at })
  })

  test.each([5, 6, 7])('codec number %i', (codec) => {
    const error = damaged((bytes) => bytes.writeInt16BE(codec, layout.attributesAt))
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED_CODEC', position: at, fromOffset: 100 })
  })

  test('offset deltas that do not rise', () => {
    const second = first + 1 + 6
    const error = damaged((bytes) => bytes.writeUInt8(0x00, second + 3))
    expect(String(error)).toContain('offset delta 0 is out of order')
  })

  test('a batch that takes more memory than is allowed', () => {
    const cursor = new RecordCursor(undefined, {
      maxDecompressedBytes: 100,
      topic: 't',
      partition: 2,
    })
    const error = walk(sample({ compression: 'gzip' }), cursor)
    expect(error).toMatchObject({
      code: 'ERR_DECOMPRESSION_LIMIT',
      topic: 't',
      partition: 2,
      position: 0,
      fromOffset: 100,
      toOffset: 104,
    })
  })

  test('as cause, what the library of a codec reported', () => {
    const error = damaged((bytes) => bytes.fill(0, first + 12), 'gzip')
    expect(error).toMatchObject({ code: 'ERR_CORRUPT_BATCH', cause: expect.any(Error) })
  })
})

test('timestamps that pass 2^53 together are refused', () => {
  const builder = new BatchBuilder()
  builder.append({ timestamp: 0 })
  builder.append({ timestamp: 10 })
  const bytes = builder.build()
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  writeInt64(view, layout.baseTimestampAt, Number.MAX_SAFE_INTEGER)
  expect(walk(bytes)).toMatchObject({ code: 'ERR_CORRUPT_BATCH' })
})

test('after an error the cursor stays at the end until it is reset', () => {
  const broken = sample()
  broken.writeInt32BE(6, layout.recordCountAt)
  const bytes = Buffer.concat([sample(), broken, sample()])
  const cursor = new RecordCursor(bytes)
  for (let i = 0; i < 5; i++) expect(cursor.next()).toBe(true)
  expect(() => {
    while (cursor.next());
  }).toThrow(DuramenError)
  expect(cursor.next()).toBe(false)
  cursor.reset(bytes, broken.length * 2)
  expect(cursor.next()).toBe(true)
})
