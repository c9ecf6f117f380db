import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadLibrary } from '../../src/compression/codec.js'
import { checkLevel, codecById, codecByName, codecNames } from '../../src/compression/index.js'
import { snappy } from '../../src/compression/snappy.js'
import { packageEngine } from '../../src/compression/zstd.js'

/** Every codec, and zstd by both of its libraries, whichever this Node would choose. */
const codecs = [
  ...codecNames.map((name) => codecByName(name)),
  { ...codecByName('zstd'), ...packageEngine(), label: 'zstd (package)' },
].map((codec) => ({ label: codec.name, ...codec }))
const compressing = codecs.filter(({ name }) => name !== 'none')

const unlimited = 2 ** 30
const text = (size: number) => Buffer.alloc(size, 'the same words again and again, ')

function noise(size: number): Buffer {
  let state = 1
  return Buffer.from(Array.from({ length: size }, () => (state = (state * 48_271) % 2147483647)))
}

describe.each(codecs)('$label', ({ compress, compressAsync, decompress, decompressAsync }) => {
  test.each([0, 1, 100, 32_768, 65_535, 65_537, 300_000])('gives %i bytes back', async (size) => {
    for (const bytes of [text(size), noise(size)]) {
      expect(decompress(compress(bytes), unlimited).equals(bytes)).toBe(true)
      const packed = await compressAsync(bytes)
      expect(decompress(packed, unlimited).equals(bytes)).toBe(true)
      expect((await decompressAsync(packed, unlimited)).equals(bytes)).toBe(true)
    }
  })

  test('gives any bytes back, from within a larger buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const within = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')])
        const packed = compress(within.subarray(6, 6 + bytes.length))
        expect(decompress(new Uint8Array(packed), unlimited).equals(bytes)).toBe(true)
      }),
    )
  })

  test.each([1, 1000, 65_536, 200_000])('holds %i bytes to a limit exactly', async (size) => {
    const packed = compress(text(size))
    expect(decompress(packed, size)).toHaveLength(size)
    expect(await decompressAsync(packed, size)).toHaveLength(size)
    for (const limit of [size - 1, 0]) {
      const refusal = expect.objectContaining({ code: 'ERR_DECOMPRESSION_LIMIT' })
      expect(() => decompress(packed, limit)).toThrow(refusal)
      await expect(decompressAsync(packed, limit)).rejects.toThrow(refusal)
    }
  })
})

describe.each(compressing)('$label', ({ name, compress, decompress }) => {
  const packed = compress(text(2000))

  test('refuses bytes that are cut off, at whatever place', () => {
    // Snappy has no end mark: a frame of its header alone is an empty one.
    const empty = name === 'snappy' ? 16 : -1
    for (let end = 0; end < packed.length; end++) {
      if (end === empty) continue
      expect(() => decompress(packed.subarray(0, end), unlimited)).toThrow(
        expect.objectContaining({ code: 'ERR_CORRUPT_BATCH' }),
      )
    }
  })

  test('survives any damage with a typed error, or none', () => {
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(packed)
        damaged[at] = (damaged[at] ?? 0) ^ change
        try {
          expect(decompress(damaged, 10_000).length).toBeLessThanOrEqual(10_000)
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^ERR_(CORRUPT_BATCH|DECOMPRESSION_LIMIT)$/),
          })
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('survives garbage with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        try {
          decompress(bytes, 10_000)
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^ERR_(CORRUPT_BATCH|DECOMPRESSION_LIMIT)$/),
          })
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('a decompression bomb is refused before it takes memory', () => {
  const int24 = (value: number) => [value & 0xff, (value >> 8) & 0xff, value >> 16]
  const repeat = (count: number, bytes: number[]) =>
    Array.from({ length: count }, () => bytes).flat()
  // 128 KiB from each four bytes: 4 GiB in all; the second claims a content size of 1 byte.
  const zstdBlocks = [
    ...repeat(32_767, [...int24((131_072 << 3) | 2), 0]),
    ...int24((131_072 << 3) | 3),
    0,
  ]
  const lz4Block = [...Buffer.from([0x1f, 0x00, 0x01, 0x00]), ...repeat(250, [0xff]), 0x00]
  const lz4Size = [lz4Block.length, lz4Block.length >> 8, 0, 0].map((byte) => byte & 0xff)
  const bombs = {
    gzip: gzipSync(Buffer.alloc(64 * 1024 * 1024)),
    snappy: Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]),
    lz4: Buffer.from([
      ...[0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82],
      ...repeat(4000, [...lz4Size, ...lz4Block]),
      ...[0, 0, 0, 0],
    ]),
    zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, ...zstdBlocks]),
  }

  test.each(compressing)('by $label', ({ name, decompress }) => {
    const bomb = bombs[name as keyof typeof bombs]
    const before = process.memoryUsage().rss
    expect(() => decompress(bomb, 1_000_000)).toThrow(
      expect.objectContaining({ code: 'ERR_DECOMPRESSION_LIMIT' }),
    )
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('also where a zstd frame lies about its content', () => {
    const lie = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x40, 0x58, 0, 0, ...zstdBlocks])
    for (const { decompress } of codecs.filter(({ name }) => name === 'zstd')) {
      expect(() => decompress(lie, 1_000_000)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/LIMIT|CORRUPT/) }),
      )
    }
  })
})

describe('snappy', () => {
  const raw = (bytes: Uint8Array) =>
    loadLibrary<{ compressSync(bytes: Uint8Array): Buffer }>('snappy', 'snappy').compressSync(bytes)

  test("is written in blocks of 32 KiB behind xerial's header", () => {
    const packed = snappy.compress(text(40_000))
    expect(packed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    const first = packed.readInt32BE(16)
    expect(packed.subarray(20, 20 + first).equals(raw(text(32_768)))).toBe(true)
    expect(packed.readInt32BE(20 + first)).toBe(packed.length - first - 24)
  })

  test('is read without framing as well', () => {
    expect(snappy.decompress(raw(text(500)), 500).equals(text(500))).toBe(true)
  })

  test.each([
    ['negative', -1],
    ['too large', 1000],
  ])('refuses a block length that is %s', (_, length) => {
    const packed = snappy.compress(text(100))
    packed.writeInt32BE(length, 16)
    expect(() => snappy.decompress(packed, 1000)).toThrow(
      expect.objectContaining({ code: 'ERR_CORRUPT_BATCH' }),
    )
  })
})

test('lz4 is written as frames of version 1 with independent blocks, which Kafka requires', () => {
  const flags = codecByName('lz4').compress(text(1000))[4] ?? 0
  expect(flags >> 6).toBe(1)
  expect(flags & 0b10_0000).not.toBe(0)
})

describe('codecs are found', () => {
  test("by Kafka's numbers", () => {
    expect(codecNames).toEqual(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
    for (const [id, name] of codecNames.entries()) {
      expect(codecById(id)).toBe(codecByName(name))
      expect(codecById(id).id).toBe(id)
    }
  })

  test('or an error says that there is none', () => {
    const unsupported = expect.objectContaining({ code: 'ERR_UNSUPPORTED_CODEC', kafkaCode: 76 })
    expect(() => codecById(5)).toThrow(unsupported)
    expect(() => codecByName('brotli' as never)).toThrow(unsupported)
  })

  test('or an error names the package that is missing', () => {
    expect(() => loadLibrary('zstd', 'no-such-package')).toThrow(
      expect.objectContaining({
        code: 'ERR_UNSUPPORTED_CODEC',
        message: expect.stringContaining('no-such-package'),
      }),
    )
  })
})

test('a level is refused where the codec has none, or not that one', () => {
  const invalid = expect.objectContaining({ code: 'ERR_INVALID_OPTION' })
  expect(() => checkLevel(codecByName('lz4'), 1)).toThrow(invalid)
  expect(() => checkLevel(codecByName('gzip'), 10)).toThrow(invalid)
  expect(() => checkLevel(codecByName('zstd'), 1.5)).toThrow(invalid)
  expect(() => checkLevel(codecByName('zstd'), 19)).not.toThrow()
  expect(() => checkLevel(codecByName('none'), undefined)).not.toThrow()
})

test('a high level compresses more than a low one', () => {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `${(i * i) % 977};`).join(''))
  const levels = { gzip: [1, 9], zstd: [-100, 19] } as const
  for (const { label, name, compress } of codecs) {
    if (name !== 'gzip' && name !== 'zstd') continue
    const [low, high] = levels[name]
    expect(compress(bytes, high).length, label).toBeLessThan(compress(bytes, low).length)
  }
})
