import { describe, expect, test } from 'vitest'
import { batches, decodeMarker, RecordCursor } from '../../src/record/index.js'
import {
  type ExpectedRecord,
  expectedPartitions,
  expectedRecords,
  goldenSegments,
} from '../support/golden.js'

const base64 = (bytes: Buffer | null) => bytes?.toString('base64') ?? null

function recordsOf(which: 'clean' | 'unclean', partition: string, from: number, end: number) {
  const records: ExpectedRecord[] = []
  const cursor = new RecordCursor(undefined, { fromOffset: from })
  for (const segment of goldenSegments(which, partition)) {
    for (cursor.reset(segment); cursor.next(); ) {
      if (cursor.offset >= end) break
      records.push({
        offset: cursor.offset,
        timestamp: cursor.timestamp,
        timestampType: cursor.timestampType,
        key: base64(cursor.key),
        value: base64(cursor.value),
        headers: cursor.headers.map(([name, value]) => [name, base64(value)] as const),
        leaderEpoch: cursor.leaderEpoch,
      })
    }
  }
  return records
}

describe.each(['clean', 'unclean'] as const)('in the %s directory that Kafka left', (which) => {
  test.each(expectedPartitions('read_uncommitted'))(
    "the records of %s are what Kafka's consumer read",
    (partition) => {
      const expected = expectedRecords('read_uncommitted', partition)
      const { beginningOffset, endOffset } = expected
      const found = recordsOf(which, partition, beginningOffset, endOffset)
      expect(found).toEqual(expected.records)
    },
  )

  test('the CRC of every batch is right', () => {
    let count = 0
    for (const partition of expectedPartitions('read_uncommitted')) {
      for (const batch of goldenSegments(which, partition).flatMap((log) => [...batches(log)])) {
        expect(batch.isValid()).toBe(true)
        count++
      }
    }
    expect(count).toBeGreaterThan(400)
  })

  test('the markers that end transactions are told apart', () => {
    const markers = goldenSegments(which, 'transactions-0')
      .flatMap((log) => [...batches(log)])
      .filter((batch) => batch.isControl)
      .flatMap((batch) => [...batch].map(decodeMarker))
    const count = (type: string) => markers.filter((marker) => marker?.type === type).length
    expect(count('commit')).toBeGreaterThan(5)
    expect(count('abort')).toBeGreaterThan(3)
  })

  test('sequences of idempotent producers run on from batch to batch', () => {
    for (const partition of ['idempotent-0', 'idempotent-1']) {
      const sequences: number[] = []
      const cursor = new RecordCursor()
      for (const segment of goldenSegments(which, partition)) {
        for (cursor.reset(segment); cursor.next(); ) sequences.push(cursor.sequence)
      }
      expect(sequences).toEqual(Array.from({ length: 200 }, (_, i) => i))
    }
  })
})

test('the fixtures hold what makes them worth reading', () => {
  const all = (partition: string) =>
    goldenSegments('clean', partition).flatMap((log) => [...batches(log)])
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    expect(new Set(all(`codec-${codec}-0`).map((batch) => batch.compression))).toEqual(
      new Set([codec]),
    )
  }
  expect(all('compacted-0').some((batch) => batch.deleteHorizonMs !== undefined)).toBe(true)
  expect(all('compacted-0').some((batch) => batch.recordCount < batch.lastOffsetDelta + 1)).toBe(
    true,
  )
  expect(all('log-append-time-0')[0]?.timestampType).toBe('LogAppendTime')
})
