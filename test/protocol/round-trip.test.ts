import { describe, expect, it, test } from 'vitest'
import { apis, decodeRequest, encodeRequest } from '../../src/protocol/index.js'
import { frameOf, messageKinds, nameOf, readFrame, versionsOf } from '../support/messages.js'
import { numbers } from '../support/random.mjs'
import { defaultOf, fieldsIn, randomMessage, reduced } from '../support/random-messages.mjs'

const samples = 10

describe.each(messageKinds.map((of) => [nameOf(of), of] as const))('%s', (_, of) => {
  const { api, kind, version } = of
  const fields = api[kind]

  it('is read as it was written, and written again to the same bytes', () => {
    const random = numbers(1)
    for (let i = 0; i < samples; i++) {
      const message = randomMessage(fields, version, random)
      const frame = frameOf(of, message)
      const read = readFrame(of, frame)
      expect(reduced(fields, version, read)).toEqual(message)
      expect(frameOf(of, read)).toEqual(frame)
    }
  })

  it('has the defaults of what the version lacks', () => {
    const read = readFrame(of, frameOf(of, randomMessage(fields, version, numbers(2))))
    const present = new Set(fieldsIn(fields, version).map(([name]) => name))
    for (const [name, field] of Object.entries(fields)) {
      if (!present.has(name)) expect(read[name]).toEqual(defaultOf(field as never))
    }
  })
})

const errorCode = 35

describe.each(Object.values(apis))('$name refused', (api) => {
  it.each(versionsOf(api))('is an answer of version %i', (version) => {
    const random = numbers(3)
    for (let i = 0; i < samples; i++) {
      const asked = { api, kind: 'request', version } as const
      const request = readFrame(asked, frameOf(asked, randomMessage(api.request, version, random)))
      const answer = api.refused(request as never, errorCode)
      if (api === apis.produce && request.acks === 0) {
        expect(answer).toBeNull()
        continue
      }
      const answered = { api, kind: 'response', version } as const
      const read = readFrame(answered, frameOf(answered, answer as object))
      const codes = JSON.stringify(read).match(/(?<=rrorCode":)[1-9]\d*/g) ?? []
      expect(new Set(codes)).toEqual(new Set(codes.length > 0 ? [String(errorCode)] : []))
    }
  })
})

test('a request of Produce 1, from before record batches, is read and can be refused', () => {
  // Api key 0, version 1, correlation id 5, client id 'c'; acks 1, time-out 100; topic 't', partition
  // 3 with two bytes of whatever was there then.
  const head = ['0000', '0001', '00000005', '000163']
  const body = ['0001', '00000064', '00000001', '000174', '00000001', '00000003', '000000020102']
  const frame = Buffer.from([...head, ...body].join(''), 'hex')
  const { body: request } = decodeRequest(apis.produce, 1, frame)
  const records = Buffer.from([1, 2])
  const topicData = [{ name: 't', partitionData: [{ index: 3, records }] }]
  expect(request).toEqual({ transactionalId: null, acks: 1, timeoutMs: 100, topicData })

  const answer = apis.produce.refused(request, errorCode)
  const bytes = frameOf({ api: apis.produce, kind: 'response', version: 1 }, answer as object)
  const answered = ['00000007', '00000001', '000174', '00000001', '00000003', '0023']
  const expected = [...answered, 'ffffffffffffffff', '00000000'].join('')
  expect(bytes.toString('hex')).toBe(expected)
})

test('null in a version that does not allow it is not written, and the field is named', () => {
  const write = () => encodeRequest(apis.metadata, 0, 1, null, { topics: null })
  expect(write).toThrow('topics may not be null')
})

test('a number beyond 2^53 is not written', () => {
  const request = { topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 2 ** 53 }] }] }
  const write = () => encodeRequest(apis.deleteRecords, 2, 1, null, { ...request, timeoutMs: 1 })
  expect(write).toThrow('beyond 2^53')
})
