import { describe, expect, it, test } from 'vitest'
import { type AnyApi, apis, decodeRequest, readHeader } from '../../src/protocol/index.js'
import { frameOf, itemsIn, messageKinds, nameOf, randomFrame } from '../support/messages.js'
import { mutated } from '../support/mutations.js'
import { numbers } from '../support/random.mjs'

const corrupt = expect.objectContaining({ code: 'ERR_CORRUPT_RECORD' })
const mostItems = 1000

/** Of a request: key, version, correlation id, and a client id of six bytes. */
const headBytes = 8

describe.each(messageKinds.map((of) => [nameOf(of), of] as const))('%s', (_, of) => {
  it('is refused wherever it is cut off', () => {
    const random = numbers(4)
    for (let i = 0; i < 3; i++) {
      const frame = randomFrame(of, random)
      const first = of.kind === 'request' ? headBytes : 0
      for (let length = first; length < frame.length; length++) {
        expect(itemsIn(of, frame.subarray(0, length), mostItems)).toBeUndefined()
      }
    }
  })

  it('with bytes changed is a message that fits the limit, or refused', () => {
    const random = numbers(5)
    for (let i = 0; i < 50; i++) {
      const frame = mutated(randomFrame(of, random), random)
      const items = itemsIn(of, frame, mostItems)
      // Answers come from whom the client chose: no limit but their bytes.
      const most = of.kind === 'request' ? mostItems : Math.max(mostItems, frame.length)
      expect(items ?? 0).toBeLessThanOrEqual(most)
    }
  })
})

/** A request whose body is those bytes, in flexible versions behind the header's tagged fields. */
function request(api: AnyApi, version: number, body: string, headerTags = '00'): Buffer {
  const flexible = api.flexibleSince !== undefined && version >= api.flexibleSince
  const head = Buffer.alloc(headBytes)
  head.writeInt16BE(api.key, 0)
  head.writeInt16BE(version, 2)
  return Buffer.concat([head, Buffer.from(`ffff${flexible ? headerTags : ''}${body}`, 'hex')])
}

// Metadata 1: topics; Metadata 9: compact topics of compact names, three flags; ApiVersions 3: two
// texts. Fetch 12 begins with its tagged fields' numbers: they stand at the end.
const nothing = '000000'
test.each<[string, AnyApi, number, string, string?]>([
  ['a negative length of a list', apis.metadata, 1, 'fffffffe'],
  ['a huge length of a list', apis.metadata, 1, '7fffffff'],
  ['a list longer than the bytes behind it', apis.metadata, 1, '00000003000161'],
  ['a null list where none may be', apis.metadata, 0, 'ffffffff'],
  ['a negative length of a text', apis.metadata, 1, '00000001fffe'],
  ['a null text where none may be', apis.metadata, 1, '00000001ffff'],
  ['a huge compact length of a list', apis.metadata, 9, `ffffffff0f${nothing}`],
  ['a varint of six bytes', apis.metadata, 9, `ffffffffff01${nothing}`],
  ['a compact null text where none may be', apis.metadata, 9, `020000${nothing}00`],
  ['more tagged fields than there are bytes', apis.apiVersions, 3, '0101ffffffff0f'],
  ['a tagged field that is longer than the bytes', apis.apiVersions, 3, '0101010a7f00'],
  ['tagged fields of the header that have no end', apis.apiVersions, 3, '010100', 'ff01'],
])('%s is refused', (_, api, version, body, headerTags) => {
  const frame = request(api, version, body, headerTags)
  expect(() => decodeRequest(api, version, frame)).toThrow(corrupt)
})

/** Fetch 12 with nothing asked for, and the tagged fields given. */
function fetchWithTags(tags: string): Buffer {
  const numbersBefore = `${'ffffffff'.repeat(4)}00${'ffffffff'.repeat(2)}`
  return request(apis.fetch, 12, `${numbersBefore}010101${tags}`)
}

test('tagged fields are read, and those that nobody knows are passed over', () => {
  const known = '0003037879'
  const { body } = decodeRequest(apis.fetch, 12, fetchWithTags(`02${known}4d02ffff`))
  expect(body.clusterId).toBe('xy')
})

test.each([
  ['twice', '0200030378790003037879'],
  ['in the wrong order', '024d000003037879'],
  ['with fewer bytes than its field', '0100020378'],
  ['with more bytes than its field', '010004037879ff'],
])('a tagged field that is there %s is refused', (_, tags) => {
  expect(() => decodeRequest(apis.fetch, 12, fetchWithTags(tags))).toThrow(corrupt)
})

test('lists of one message may not have more items together than allowed', () => {
  const of = { api: apis.metadata, kind: 'request', version: 1 } as const
  const frame = frameOf(of, { topics: Array.from({ length: 11 }, () => ({ name: '' })) })
  expect(itemsIn(of, frame, 11)).toBe(11)
  expect(itemsIn(of, frame, 10)).toBeUndefined()
})

test('a frame without room for the header is refused', () => {
  for (let length = 0; length < headBytes; length++) {
    expect(() => readHeader(Buffer.alloc(length))).toThrow(corrupt)
  }
})

test('a text may have 32,767 bytes and not one more', () => {
  const named = (length: string, bytes: number) =>
    request(apis.apiVersions, 3, `${length}${'61'.repeat(bytes)}0100`)
  const { body } = decodeRequest(apis.apiVersions, 3, named('808002', 32_767))
  expect(body.clientSoftwareName).toHaveLength(32_767)
  expect(() => decodeRequest(apis.apiVersions, 3, named('818002', 32_768))).toThrow(corrupt)
})
