import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BatchBuilder,
  type BatchOptions,
  batches,
  RecordBatch,
  RecordCursor,
  type RecordInput,
} from '../../src/record/index.js'

type Bytes = string | Uint8Array | null | undefined

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ maxLength: 100 }),
  fc.constantFrom(null, undefined, '', 'x'.repeat(9000)),
)
const timestamp = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
  fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER - 1 }),
)
const record = fc.record({
  key: bytes,
  value: bytes,
  timestamp,
  headers: fc.option(fc.array(fc.tuple(fc.string({ unit: 'binary' }), bytes), { maxLength: 4 })),
})
const records = fc.array(record, { minLength: 1, maxLength: 70 })
const flags = fc.record({
  timestampType: fc.constantFrom('CreateTime' as const, 'LogAppendTime' as const),
  producerId: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
  producerEpoch: fc.integer({ min: -1, max: 32_767 }),
  baseSequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  isTransactional: fc.boolean(),
  isControl: fc.boolean(),
  partitionLeaderEpoch: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  baseOffset: fc.nat({ max: Number.MAX_SAFE_INTEGER - 100 }),
  deleteHorizonMs: fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER - 1 }), { nil: undefined }),
})

const plain = (input: Bytes) => (input == null ? null : Buffer.from(input as string))

function build(options: Partial<BatchOptions>, inputs: readonly RecordInput[]): Buffer {
  const builder = new BatchBuilder(options)
  for (const input of inputs) builder.append(input)
  return builder.build()
}

describe.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('with %s', (compression) => {
  test('what the builder took is what the cursor gives', () => {
    fc.assert(
      fc.property(records, flags, (inputs, options) => {
        const bytes = build({ compression, ...options }, inputs)
        const times = inputs.map((input) => input.timestamp)
        const maxTimestamp = Math.max(...times)
        const appendTime = options.timestampType === 'LogAppendTime'
        const cursor = new RecordCursor(bytes, { includeControl: true, topic: 't', partition: 3 })
        for (const [i, input] of inputs.entries()) {
          expect(cursor.next()).toBe(true)
          expect({ ...cursor.toRecord() }).toEqual({
            topic: 't',
            partition: 3,
            offset: options.baseOffset + i,
            timestamp: appendTime ? maxTimestamp : input.timestamp,
            timestampType: options.timestampType,
            leaderEpoch: options.partitionLeaderEpoch,
            key: plain(input.key),
            value: plain(input.value),
            headers: (input.headers ?? []).map(([name, value]) => [
              Buffer.from(name).toString(),
              plain(value),
            ]),
          })
          expect(cursor.keyLength).toBe(plain(input.key)?.length ?? -1)
          expect(cursor.valueLength).toBe(plain(input.value)?.length ?? -1)
          const sequence = (options.baseSequence + i) % 2 ** 31
          expect(cursor.sequence).toBe(options.baseSequence < 0 ? -1 : sequence)
        }
        expect(cursor.next()).toBe(false)
        const batch = new RecordBatch(bytes)
        expect(batch.isValid()).toBe(true)
        expect(batch).toMatchObject({
          ...options,
          compression,
          maxTimestamp,
          magic: 2,
          sizeInBytes: bytes.length,
          recordCount: inputs.length,
          lastOffset: options.baseOffset + inputs.length - 1,
          baseTimestamp: options.deleteHorizonMs ?? times[0],
        })
      }),
      { numRuns: 60 },
    )
  })

  test('a record before the delete horizon keeps its timestamp', () => {
    const bytes = build({ compression, deleteHorizonMs: 2000 }, [{ timestamp: 1000 }])
    const [found] = new RecordBatch(bytes)
    expect(found?.timestamp).toBe(1000)
  })
})

test('batches that stand back to back are read in one go, from a place within other bytes', () => {
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
  let baseOffset = 0
  const parts = codecs.map((compression, i) => {
    const inputs = Array.from({ length: i + 1 }, () => ({ key: compression }))
    const part = build({ compression, baseOffset }, inputs)
    baseOffset += inputs.length
    return part
  })
  const bytes = Buffer.concat([Buffer.from('before'), ...parts, Buffer.from('after')])
  const end = bytes.length - 5
  const cursor = new RecordCursor().reset(new Uint8Array(bytes), 6, end)
  const offsets: number[] = []
  while (cursor.next()) offsets.push(cursor.offset)
  expect(offsets).toEqual(Array.from({ length: 15 }, (_, i) => i))
  const found = [...batches(bytes, 6, end)]
  expect(found.map((batch) => batch.compression)).toEqual(codecs)
  expect(found.flatMap((batch) => [...batch].map(({ key }) => key?.toString()))).toHaveLength(15)
})
