import { describe, expect, test } from 'vitest'
import {
  BatchBuilder,
  type BatchOptions,
  decodeMarker,
  encodeMarker,
  RecordBatch,
  RecordCursor,
  type RecordInput,
} from '../../src/record/index.js'
import * as layout from '../../src/record/layout.js'

function build(options: Partial<BatchOptions>, ...inputs: RecordInput[]): Buffer {
  const builder = new BatchBuilder(options)
  for (const input of inputs) builder.append(input)
  return Buffer.from(builder.build())
}

function offsets(cursor: RecordCursor): number[] {
  const found: number[] = []
  while (cursor.next()) found.push(cursor.offset)
  return found
}

const marker = encodeMarker({ type: 'commit', coordinatorEpoch: 12 })
const withMarker = Buffer.concat([
  build({ baseOffset: 0, isTransactional: true }, {}, {}),
  build({ baseOffset: 2, isTransactional: true, isControl: true }, marker),
  build({ baseOffset: 3 }, {}),
])

describe('control records', () => {
  test('are passed over', () => {
    expect(offsets(new RecordCursor(withMarker))).toEqual([0, 1, 3])
  })

  test('are given where they are asked for', () => {
    expect(offsets(new RecordCursor(withMarker, { includeControl: true }))).toEqual([0, 1, 2, 3])
  })

  test.each(['abort', 'commit'] as const)('that %s are told by type and epoch', (type) => {
    const bytes = build({ isControl: true }, encodeMarker({ type, coordinatorEpoch: 7 }))
    const [record] = new RecordBatch(bytes)
    expect(record && decodeMarker(record)).toEqual({ type, coordinatorEpoch: 7 })
  })

  test('of other kinds are no markers, and cut ones are corrupt', () => {
    const other = Buffer.from([0, 0, 0, 2])
    const corrupt = expect.objectContaining({ code: 'ERR_CORRUPT_BATCH' })
    expect(decodeMarker({ key: other, value: null })).toBeUndefined()
    expect(() => decodeMarker({ key: null, value: null })).toThrow(corrupt)
    expect(() => decodeMarker({ ...marker, value: Buffer.alloc(5) })).toThrow(corrupt)
  })
})

describe('fromOffset', () => {
  const codecs = ['none', 'lz4'] as const
  const bytes = Buffer.concat(
    [0, 4, 8].map((baseOffset, i) =>
      build({ baseOffset, compression: codecs[i % 2] }, {}, {}, {}, {}),
    ),
  )

  test.each([0, 1, 3, 4, 6, 8, 11, 12, 100])('%i passes over the records below', (fromOffset) => {
    const expected = Array.from({ length: 12 }, (_, i) => i).filter((i) => i >= fromOffset)
    expect(offsets(new RecordCursor(bytes, { fromOffset }))).toEqual(expected)
  })

  test('does not look into batches that lie wholly below', () => {
    const broken = Buffer.from(bytes)
    broken.fill(0xff, layout.batchHeaderSize, layout.batchHeaderSize + 10)
    expect(offsets(new RecordCursor(broken, { fromOffset: 4 }))).toHaveLength(8)
  })
})

test('a batch that compaction left empty is passed over', () => {
  const empty = build({ baseOffset: 1 }, {}).subarray(0, layout.batchHeaderSize)
  empty.writeInt32BE(empty.length - layout.lengthCountsFrom, layout.batchLengthAt)
  empty.writeInt32BE(0, layout.recordCountAt)
  empty.writeInt32BE(9, layout.lastOffsetDeltaAt)
  const bytes = Buffer.concat([build({}, {}), empty, build({ baseOffset: 11 }, {})])
  expect(offsets(new RecordCursor(bytes))).toEqual([0, 11])
})

test('no bytes hold no record', () => {
  expect(new RecordCursor().next()).toBe(false)
  expect(new RecordCursor(Buffer.alloc(0)).next()).toBe(false)
})

test('one cursor serves many reads, compressed and not', () => {
  const cursor = new RecordCursor()
  for (const compression of ['none', 'zstd', 'none', 'snappy'] as const) {
    cursor.reset(build({ compression }, { value: compression }))
    expect(cursor.next()).toBe(true)
    expect(cursor.value?.toString()).toBe(compression)
  }
})

test('records stay as they are when the cursor moves on', () => {
  const bytes = build({ compression: 'gzip' }, { value: 'a', headers: { h: '1' } }, { value: 'b' })
  const cursor = new RecordCursor(Buffer.concat([bytes, build({ baseOffset: 2 }, { value: 'c' })]))
  const records = []
  while (cursor.next()) records.push(cursor.toRecord())
  expect(records.map(({ offset, value }) => `${offset}${value}`)).toEqual(['0a', '1b', '2c'])
  expect(records[0]?.header('h')?.toString()).toBe('1')
})

test('values are views of the bytes that are read, not copies', () => {
  const bytes = build({}, { value: 'abc' })
  const cursor = new RecordCursor(bytes)
  cursor.next()
  const { value } = cursor
  bytes.fill('x')
  expect(value?.toString()).toBe('xxx')
  expect(Object.getPrototypeOf(value)).toBe(Buffer.prototype)
})

test('the header of the batch goes with the cursor', () => {
  const bytes = Buffer.concat([
    build({ producerId: 5, producerEpoch: 1, baseSequence: 2 ** 31 - 2 }, {}, {}, {}),
    build({ baseOffset: 3, isTransactional: true }, {}),
  ])
  const cursor = new RecordCursor(bytes)
  const sequences: number[] = []
  while (cursor.next() && cursor.offset < 3) sequences.push(cursor.sequence)
  expect(sequences).toEqual([2 ** 31 - 2, 2 ** 31 - 1, 0])
  expect(cursor.batch).toMatchObject({ isTransactional: true, producerId: -1, baseOffset: 3 })
  expect(cursor.sequence).toBe(-1)
})

test.each([
  [-1, 5],
  [3, 2],
  [0, 200],
])('a range from %i to %i is refused', (start, end) => {
  expect(() => new RecordCursor().reset(Buffer.alloc(100), start, end)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
  )
})

test.each([{ includecontrol: true }, { fromOffset: -1 }, { topic: 5 }])(
  'the option %j is refused',
  (options) => {
    expect(() => new RecordCursor(undefined, options as object)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
    )
  },
)
