import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/group/index.js'

describe('the consumer protocol', () => {
  const owned = new Map([
    ['t0', [0, 5]],
    ['ü', [1]],
  ])

  it('has the bytes that Kafka gives it', () => {
    const bytes = encodeSubscription({
      topics: ['ab'],
      ownedPartitions: new Map([['ab', [7]]]),
      generation: 9,
    })
    expect(bytes.toString('hex')).toBe(
      '0003 00000001 0002 6162 ffffffff 00000001 0002 6162 00000001 00000007 00000009 ffff'.replaceAll(
        ' ',
        '',
      ),
    )
    expect(encodeAssignment({ partitions: new Map([['ab', [7]]]) }, 0).toString('hex')).toBe(
      '0000 00000001 0002 6162 00000001 00000007 ffffffff'.replaceAll(' ', ''),
    )
  })

  it.each([0, 1, 2, 3])('is read in version %i as it was written', (version) => {
    const given = {
      topics: ['t0', 'ü'],
      userData: Buffer.from([1, 2]),
      ownedPartitions: owned,
      generation: 4,
      rackId: 'r',
    }
    expect(decodeSubscription(encodeSubscription(given, version))).toEqual({
      ...given,
      ownedPartitions: version >= 1 ? owned : new Map(),
      generation: version >= 2 ? 4 : -1,
      rackId: version >= 3 ? 'r' : null,
    })
  })

  it('is read in a later version by what is known of it', () => {
    const bytes = Buffer.concat([encodeSubscription({ topics: ['t0'] }), Buffer.from('more')])
    bytes.writeInt16BE(9, 0)
    expect(decodeSubscription(bytes).topics).toEqual(['t0'])
  })

  it('takes no bytes for an assignment of nothing', () => {
    expect(decodeAssignment(Buffer.alloc(0)).partitions).toEqual(new Map())
    const partitions = new Map([['t0', [3, 1]]])
    expect(decodeAssignment(encodeAssignment({ partitions })).partitions).toEqual(partitions)
  })

  it('refuses bytes that are cut off, whatever they are', () => {
    const bytes = encodeSubscription({ topics: ['t0', 'ü'], ownedPartitions: owned, generation: 4 })
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeSubscription(bytes.subarray(0, end))).toThrow(
        expect.objectContaining({ code: 'ERR_CORRUPT_RECORD' }),
      )
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          decodeSubscription(Buffer.from(noise))
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_CORRUPT_RECORD' })
        }
      }),
    )
  })
})
