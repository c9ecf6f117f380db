import { describe, expect, it } from 'vitest'
import * as record from '../../src/record/index.js'
import { misbehaviour } from '../support/hostile-values.js'
import { batchOf } from '../support/logs.js'

// Whatever it is typed as: these are calls from JavaScript.
type Anything = never

const batch = batchOf(['a', 'b'])
const fields = ['topic', 'partition', 'fromOffset', 'includeControl', 'maxDecompressedBytes']
const [first] = [...new record.RecordBatch(batch)] as [record.Record]

function readAll(cursor: record.RecordCursor): void {
  while (cursor.next()) cursor.toRecord()
}

type Use = (value: Anything) => unknown

const uses: [string, Use][] = [
  ['RecordCursor', (value) => readAll(new record.RecordCursor(value))],
  ['RecordCursor options', (value) => readAll(new record.RecordCursor(batch, value))],
  ...fields.map((name): [string, Use] => [
    `RecordCursor ${name}`,
    (value) => readAll(new record.RecordCursor(batch, { [name]: value })),
  ]),
  ['reset', (value) => readAll(new record.RecordCursor().reset(value))],
  ['reset start', (value) => readAll(new record.RecordCursor().reset(batch, value))],
  ['reset end', (value) => readAll(new record.RecordCursor().reset(batch, 0, value))],
  ['batches', (value) => [...record.batches(value)]],
  ['batches start', (value) => [...record.batches(batch, value)]],
  ['batches end', (value) => [...record.batches(batch, 0, value)]],
  ['RecordBatch', (value) => new record.RecordBatch(value).isValid()],
  ['RecordBatch position', (value) => new record.RecordBatch(batch, value).isValid()],
  ['RecordBatch end', (value) => new record.RecordBatch(batch, 0, value).isValid()],
  ['crc32c', (value) => record.crc32c(value)],
  ['crc32c start', (value) => record.crc32c(batch, value)],
  ['crc32c end', (value) => record.crc32c(batch, 0, value)],
  ['BatchBuilder', (value) => new record.BatchBuilder(value)],
  ['append', (value) => new record.BatchBuilder().append(value)],
  ['append now', (value) => new record.BatchBuilder().append({ value: 'x' }, value)],
  ['builder reset', (value) => new record.BatchBuilder().reset(value)],
  ['encodeMarker', (value) => record.encodeMarker(value)],
  ['marker type', (value) => record.encodeMarker({ type: value, coordinatorEpoch: 1 })],
  ['marker epoch', (value) => record.encodeMarker({ type: 'commit', coordinatorEpoch: value })],
  ['decodeMarker', (value) => record.decodeMarker(value)],
  ['marker key', (value) => record.decodeMarker({ key: value, value: Buffer.alloc(6) })],
  ['marker value', (value) => record.decodeMarker({ key: Buffer.alloc(4), value })],
  ['recordToJson', (value) => record.recordToJson(value, 'utf8')],
  ['recordToJson encoding', (value) => record.recordToJson(first, value)],
  ['header', (value) => first.header(value)],
]

describe('arguments that are wrong in any way', () => {
  it.each(uses)('are taken or refused by type: %s', async (_, use) => {
    expect(await misbehaviour((value) => use(value as Anything))).toEqual([])
  })
})
