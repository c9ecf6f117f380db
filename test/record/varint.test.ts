import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  VarintReader,
  varintSize,
  varlongSize,
  writeVarint,
  writeVarlong,
} from '../../src/record/varint.js'

const int32 = fc.oneof(fc.integer(), fc.integer({ min: -9000, max: 9000 }))
const safeInteger = fc.oneof(fc.maxSafeInteger(), int32)

/** The encoding as the format defines it, by arithmetic on int64. */
function reference(value: number): Buffer {
  const bytes: number[] = []
  let bits = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  for (; bits >= 0x80n; bits >>= 7n) bytes.push(Number(bits & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(bits)])
}

function written(write: typeof writeVarint, value: number): Buffer {
  const bytes = Buffer.alloc(14)
  return bytes.subarray(2, write(bytes, 2, value))
}

test.each([
  [0, '00'],
  [-1, '01'],
  [63, '7e'],
  [-64, '7f'],
  [64, '8001'],
  [-65, '8101'],
  [8191, 'fe7f'],
  [8192, '808001'],
  [2 ** 31 - 1, 'feffffff0f'],
  [-(2 ** 31), 'ffffffff0f'],
])('%i is written as %s, as a varint and as a varlong', (value, hex) => {
  expect(written(writeVarint, value).toString('hex')).toBe(hex)
  expect(written(writeVarlong, value).toString('hex')).toBe(hex)
})

const edges = [2 ** 31, -(2 ** 31) - 1, 2 ** 52, 2 ** 53 - 1, 1 - 2 ** 53]

test.each([
  ['an int32', int32, writeVarint, varintSize, 'varint'],
  [
    'a safe integer',
    fc.oneof(safeInteger, fc.constantFrom(...edges)),
    writeVarlong,
    varlongSize,
    'varlong',
  ],
] as const)('%s is written as the format defines, and read back', (_, any, write, sizeOf, read) => {
  fc.assert(
    fc.property(any, (value) => {
      const bytes = written(write, value)
      expect(bytes).toEqual(reference(value))
      expect(sizeOf(value)).toBe(bytes.length)
      const reader = new VarintReader(bytes)
      expect(reader[read]()).toBe(value)
      expect(reader.at).toBe(bytes.length)
    }),
  )
})

test('numbers stand back to back', () => {
  fc.assert(
    fc.property(fc.array(safeInteger), (values) => {
      const bytes = Buffer.alloc(values.length * 10)
      let at = 0
      for (const value of values) at = writeVarlong(bytes, at, value)
      const reader = new VarintReader(bytes, 0, at)
      expect(values.map(() => reader.varlong())).toEqual(values)
    }),
  )
})

describe.each(['varint', 'varlong'] as const)('a %s is refused', (kind) => {
  const read = (hex: string, end?: number) => () =>
    new VarintReader(Buffer.from(hex, 'hex'), 0, end)[kind]()
  const corrupt = expect.objectContaining({ code: 'ERR_CORRUPT_BATCH' })

  test.each(['', '80', 'ff', 'ffff', '808080'])('where %s is all there is', (hex) => {
    expect(read(hex)).toThrow(corrupt)
  })

  test('where it passes the end that was set', () => {
    expect(read('80808001', 2)).toThrow(corrupt)
    expect(read('8001', 1)).toThrow(corrupt)
    expect(read('00', 0)).toThrow(corrupt)
  })

  test.each(['808080808080808080808000', `${'ff'.repeat(20)}`])('where %s is too long', (hex) => {
    expect(read(hex)).toThrow(corrupt)
  })
})

test('a varint beyond int32 is refused, a varlong beyond 2^53 too', () => {
  const corrupt = expect.objectContaining({ code: 'ERR_CORRUPT_BATCH' })
  expect(() => new VarintReader(Buffer.from('8080808010', 'hex')).varint()).toThrow(corrupt)
  for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
    const bytes: number[] = []
    let bits = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    for (; bits >= 0x80n; bits >>= 7n) bytes.push(Number(bits & 0x7fn) | 0x80)
    bytes.push(Number(bits))
    expect(() => new VarintReader(Buffer.from(bytes)).varlong()).toThrow(corrupt)
  }
})

test('a number that is longer than it needs to be is read', () => {
  expect(new VarintReader(Buffer.from('8280808000', 'hex')).varint()).toBe(1)
  expect(new VarintReader(Buffer.from('82808080808080808000', 'hex')).varlong()).toBe(1)
})
