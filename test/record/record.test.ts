import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Record, type RecordFields, recordToJson } from '../../src/record/index.js'

const fields: RecordFields = {
  topic: 'clicks',
  partition: 0,
  offset: 7,
  timestamp: 1_700_000_000_000,
  timestampType: 'CreateTime',
  leaderEpoch: 0,
  key: Buffer.from('u-17'),
  value: Buffer.from('é'),
  headers: [
    ['trace', Buffer.from('a1')],
    ['trace', Buffer.from('a2')],
    ['none', null],
  ],
}
const record = new Record(fields)
const binary = Buffer.from([0xff, 0xfe])

test('is plain data that spreads and takes apart', () => {
  const { key, value } = record
  expect([key?.toString(), value?.toString()]).toEqual(['u-17', 'é'])
  expect({ ...record }).toEqual(fields)
})

test('header() is the last one of that name', () => {
  expect(record.header('trace')?.toString()).toBe('a2')
  expect(record.header('none')).toBeNull()
  expect(record.header('other')).toBeUndefined()
})

describe('as JSON', () => {
  test('has the fields in the order of a line of NDJSON', () => {
    expect(JSON.stringify(record)).toBe(
      '{"partition":0,"offset":7,"timestamp":1700000000000,"timestampType":"CreateTime",' +
        '"key":"u-17","value":"é","headers":[["trace","a1"],["trace","a2"],["none",null]],' +
        '"leaderEpoch":0}',
    )
  })

  test('gives bytes that are not UTF-8 as base64', () => {
    const { key, value, headers } = recordToJson(
      { ...fields, key: null, value: binary, headers: [['h', binary]] },
      'utf8',
    )
    expect({ key, value, headers }).toEqual({
      key: null,
      value: { base64: '//4=' },
      headers: [['h', { base64: '//4=' }]],
    })
  })

  test.each([
    ['base64', 'dS0xNw==', '//4='],
    ['hex', '752d3137', 'fffe'],
  ] as const)('gives all bytes as %s where that is asked for', (encoding, key, value) => {
    expect(recordToJson({ ...fields, value: binary }, encoding)).toMatchObject({ key, value })
  })

  test('keeps a byte order mark and control characters', () => {
    const odd = Buffer.from('\ufeff\u0000\u2028')
    const { value } = JSON.parse(JSON.stringify(new Record({ ...fields, value: odd })))
    expect(Buffer.from(value)).toEqual(odd)
  })
})

describe('inspected', () => {
  test('shows its fields', () => {
    expect(inspect(record)).toMatch(/^Record \{/)
    expect(inspect(record)).toContain("topic: 'clicks'")
    expect(inspect(record)).toContain('key: <Buffer 75 2d 31 37>')
  })

  test('shows at most 64 bytes of a value', () => {
    const value = Buffer.alloc(1000, 0xab)
    const text = inspect(new Record({ ...fields, value, headers: [['h', value]] }), { depth: 9 })
    expect(text).toContain(`<Buffer ${'ab '.repeat(64)}... 936 more bytes>`)
    expect(text.match(/ab/g)).toHaveLength(128)
  })
})

test('a copy shares no memory with what was read', () => {
  const memory = Buffer.from('keyvalue')
  const views = { key: memory.subarray(0, 3), value: memory.subarray(3) }
  const copy = new Record({ ...fields, ...views, headers: [['h', memory]] }).copy()
  memory.fill('x')
  expect(copy).toBeInstanceOf(Record)
  expect(copy).toMatchObject({ offset: 7, topic: 'clicks' })
  expect([copy.key?.toString(), copy.value?.toString()]).toEqual(['key', 'value'])
  expect(copy.header('h')?.toString()).toBe('keyvalue')
})
