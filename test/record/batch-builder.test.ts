import { describe, expect, test, vi } from 'vitest'
import { BatchBuilder, crc32c, RecordBatch, type RecordInput } from '../../src/record/index.js'

const read = (builder: BatchBuilder) => [...new RecordBatch(Buffer.from(builder.build()))]
const one = (input: RecordInput) => {
  const builder = new BatchBuilder()
  builder.append(input)
  return read(builder)[0]
}
const refusal = (code: string, ...words: string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(words.map((word) => `(?=.*${word})`).join('')),
  })

test('a batch is laid out byte for byte as the format says', () => {
  const builder = new BatchBuilder({ baseOffset: 5, partitionLeaderEpoch: 7 })
  builder.append({ key: 'k', value: 'value', headers: { h: null }, timestamp: 1000 })
  builder.append({ timestamp: 999 })
  const records = '1e 00 00 00 02 6b 0a 76 61 6c 75 65 02 02 68 01' + ' 0c 00 01 02 01 01 00'
  const header =
    '0000 0000 0000 0005  0000 0048  0000 0007  02  cccccccc  0000  0000 0001' +
    '0000 0000 0000 03e8  0000 0000 0000 03e8  ffff ffff ffff ffff  ffff  ffff ffff  0000 0002'
  const bytes = Buffer.from(builder.build())
  const crc = crc32c(bytes, 21).toString(16).padStart(8, '0')
  const expected = (header + records).replaceAll(' ', '').replace('cccccccc', crc)
  expect(bytes.toString('hex')).toBe(expected)
})

describe('input', () => {
  const long = 'é'.repeat(40)

  test.each([
    ['a string', 'text', Buffer.from('text')],
    ['a long string', 'x'.repeat(500), Buffer.from('x'.repeat(500))],
    ['text beyond ASCII', long, Buffer.from(long)],
    ['a lone surrogate', 'a\ud800', Buffer.from('a\ufffd')],
    ['a Uint8Array', new Uint8Array([1, 255]), Buffer.from([1, 255])],
    ['a view of wider numbers', new Uint16Array([0x0101, 0x0202]), Buffer.from([1, 1, 2, 2])],
    ['a DataView', new DataView(new Uint8Array([9, 8, 7]).buffer, 1), Buffer.from([8, 7])],
    ['an empty string', '', Buffer.alloc(0)],
    ['null', null, null],
    ['undefined', undefined, null],
  ])('takes %s', (_, input, expected) => {
    const record = one({ key: input, value: input, headers: [['h', input]] })
    expect(record).toMatchObject({ key: expected, value: expected, headers: [['h', expected]] })
  })

  test('takes headers as an object, as pairs, and as a Map', () => {
    const pairs = [
      ['a', '1'],
      ['b', null],
    ] as const
    for (const headers of [Object.fromEntries(pairs), pairs, new Map(pairs)]) {
      expect(one({ headers })?.headers).toEqual([
        ['a', Buffer.from('1')],
        ['b', null],
      ])
    }
    expect(one({ headers: null })?.headers).toEqual([])
  })

  test.each<[what: string, input: object, ...words: string[]]>([
    ['a number as value', { value: 5 }, 'value', 'number'],
    ['an object as key', { key: {} }, 'key', 'object'],
    ['headers that are text', { headers: 'h' }, 'headers', 'string'],
    ['headers that are names and values in turn', { headers: ['h', 'x'] }, 'pair', 'header is'],
    ['a header that is undefined', { headers: [undefined] }, 'pair', 'undefined'],
    ['a header whose name is a number', { headers: [[1, 'x']] }, 'name', 'number'],
    ['a header whose value is a boolean', { headers: { h: true } }, 'header', 'boolean'],
    ['a negative timestamp', { timestamp: -2 }, 'timestamp', '-2'],
    ['half a millisecond', { timestamp: 0.5 }, 'timestamp', '0.5'],
    ['a timestamp that is none', { timestamp: Number.NaN }, 'timestamp', 'NaN'],
    ['a timestamp beyond 2^53', { timestamp: 2 ** 53 }, 'timestamp'],
  ])('refuses %s and leaves the batch as it was', (_, input, ...words) => {
    const builder = new BatchBuilder()
    builder.append({ value: 'good', timestamp: 1 })
    const before = Buffer.from(builder.build())
    expect(() => builder.append(input as RecordInput)).toThrow(
      refusal('ERR_INVALID_ARGUMENT', ...words),
    )
    expect(builder.count).toBe(1)
    expect(builder.build().equals(before)).toBe(true)
  })
})

test('a record without a timestamp has the one that is given, or that of the clock', () => {
  vi.useFakeTimers({ now: 5000 })
  try {
    const builder = new BatchBuilder()
    builder.append({})
    builder.append({}, 6000)
    builder.append({ timestamp: 7000 }, 6000)
    expect(read(builder).map(({ timestamp }) => timestamp)).toEqual([5000, 6000, 7000])
  } finally {
    vi.useRealTimers()
  }
})

test('batches larger than the memory that it starts with are built', () => {
  const builder = new BatchBuilder()
  const value = Buffer.alloc(1000, 'x')
  for (let i = 0; i < 300; i++) builder.append({ key: `${i}`, value })
  builder.append({ value: Buffer.alloc(3_000_000) })
  const records = read(builder)
  expect(records).toHaveLength(301)
  expect(records[299]?.key?.toString()).toBe('299')
  expect(records[300]?.value).toHaveLength(3_000_000)
  expect(builder.build()).toHaveLength(builder.sizeInBytes)
})

test('a batch that would pass 2 GiB is refused before memory is taken', () => {
  const builder = new BatchBuilder()
  const huge = new Uint8Array(1)
  Object.defineProperty(huge, 'length', { value: 2 ** 31 - 10 })
  expect(() => builder.append({ value: huge })).toThrow(refusal('ERR_BATCH_TOO_LARGE', 'build it'))
  expect(builder.count).toBe(0)
})

describe('reset', () => {
  test('empties the batch and keeps the options', () => {
    const builder = new BatchBuilder({ compression: 'gzip', producerId: 4 })
    builder.append({ value: 'first', timestamp: 9e12 })
    builder.build()
    expect(builder.reset().count).toBe(0)
    builder.append({ value: 'second', timestamp: 1 })
    const batch = new RecordBatch(builder.build())
    expect(batch).toMatchObject({ compression: 'gzip', producerId: 4, maxTimestamp: 1 })
    expect([...batch].map(({ value }) => value?.toString())).toEqual(['second'])
  })

  test('replaces the options that are given, and with undefined goes back to the default', () => {
    const builder = new BatchBuilder({ producerId: 4, baseSequence: 0, producerEpoch: 1 })
    builder.reset({ baseSequence: 10, producerEpoch: undefined }).append({})
    expect(new RecordBatch(builder.build())).toMatchObject({
      producerId: 4,
      baseSequence: 10,
      producerEpoch: -1,
    })
  })

  test('with an option that is refused changes nothing', () => {
    const builder = new BatchBuilder()
    builder.append({})
    expect(() => builder.reset({ producerId: -2 })).toThrow(refusal('ERR_INVALID_OPTION'))
    expect(builder.count).toBe(1)
  })
})

test('what was built can be built again, and goes on growing', () => {
  const builder = new BatchBuilder()
  builder.append({ value: 'a' })
  const first = Buffer.from(builder.build())
  expect(builder.build().equals(first)).toBe(true)
  builder.append({ value: 'b' })
  expect(read(builder).map(({ value }) => value?.toString())).toEqual(['a', 'b'])
})

test('the CRC is left out where it is asked to', () => {
  const builder = new BatchBuilder()
  builder.append({ value: 'a' })
  expect(new RecordBatch(builder.memory.subarray(0, builder.finish())).crc).toBe(0)
  expect(new RecordBatch(builder.build()).isValid()).toBe(true)
})

test('a batch without a record is refused', () => {
  expect(() => new BatchBuilder().build()).toThrow(refusal('ERR_INVALID_ARGUMENT', 'empty'))
})

test.each<[options: object, ...words: string[]]>([
  [{ compresion: 'gzip' }, 'compresion', 'compression'],
  [{ compression: 'brotli' }, 'compression', 'brotli', 'zstd'],
  [{ compression: 'gzip', compressionLevel: 12 }, 'compressionLevel', '12', '9'],
  [{ compression: 'snappy', compressionLevel: 1 }, 'snappy', 'compressionLevel'],
  [{ timestampType: 'Now' }, 'timestampType', 'Now', 'LogAppendTime'],
  [{ producerEpoch: 32_768 }, 'producerEpoch', '32768', '32767'],
  [{ baseSequence: 1.5 }, 'baseSequence', '1.5'],
  [{ baseOffset: -1 }, 'baseOffset', '-1'],
  [{ isControl: 1 }, 'isControl', 'boolean'],
])('the option %j is refused by name, value and what is allowed', (options, ...words) => {
  expect(() => new BatchBuilder(options)).toThrow(refusal('ERR_INVALID_OPTION', ...words))
})
