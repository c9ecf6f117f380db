import { describe, expect, it } from 'vitest'
import { ConsistentHashPartitioner } from '../../../src/topic/partitioners/consistent-hash.js'
import {
  createPartitioner,
  type PartitionerChoice,
  partitionerNames,
} from '../../../src/topic/partitioners/create.js'
import { Murmur2Partitioner, murmur2 } from '../../../src/topic/partitioners/murmur2.js'
import type { Partitioner, RecordBytes } from '../../../src/topic/partitioners/partitioner.js'
import { faultOf } from '../../support/logs.js'

const batchSize = 16_384
const bytes = (text: string) => Buffer.from(text)

/** How many of the keys went to each partition. */
function countsOf(partitioner: Partitioner, keys: Iterable<RecordBytes>, partitions: number) {
  const counts = new Array<number>(partitions).fill(0)
  for (const key of keys) counts[partitioner.partition('t', key, null, partitions)]++
  return counts
}

const keys = Array.from({ length: 100_000 }, (_, i) => `key-${i}`)

describe('murmur2', () => {
  // The first six are those of UtilsTest of Apache Kafka; all were printed by Utils.murmur2 of 4.1.0.
  it.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
    ['abc', 479_470_107],
    ['', 275_646_681],
    ['a', -1_563_381_124],
    ['ab', 316_155_434],
    ['abcd', -1_323_649_548],
    ['grüße-√', -1_689_817_427],
    ['u-17', 968_632_601],
  ])('of %j is what Java says, as text and as bytes', (key, hash) => {
    expect(murmur2(key)).toBe(hash)
    expect(murmur2(bytes(key))).toBe(hash)
    expect(new Murmur2Partitioner().partition('t', key, null, 1000)).toBe(
      (hash & 0x7fffffff) % 1000,
    )
  })

  // The last so many of all bytes from 0 to 255: each has the sign bit of Java's bytes set.
  it.each([
    [1, -311_467_685],
    [2, -1_177_224_669],
    [3, 1_883_754_278],
    [4, 2_054_173_367],
    [5, -2_095_176_225],
    [6, -477_215_913],
    [7, -1_125_860_179],
    [8, -2_087_653_280],
    [255, -40_751_598],
    [256, -1_948_347_274],
  ])('of the %i highest bytes is what Java says', (length, hash) => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    expect(murmur2(all.subarray(256 - length))).toBe(hash)
  })

  it('of any text is that of its UTF-8', () => {
    for (const text of ['ä', 'abcä', 'äabc', '\ud83d\ude00', '\ud83d', 'ü'.repeat(5000)]) {
      expect(murmur2(text)).toBe(murmur2(bytes(text)))
    }
  })

  it('keeps records without a key together, where the empty key goes', () => {
    const partitioner = createPartitioner('murmur2', batchSize)
    const expected = partitioner.partition('t', '', null, 7)
    expect(partitioner.partition('t', null, null, 7)).toBe(expected)
  })
})

describe('sticky', () => {
  it('sends records with a key where Java does', () => {
    const partitioner = createPartitioner('sticky', batchSize)
    expect(partitioner.partition('t', 'foobar', null, 1000)).toBe(1_357_151_166 % 1000)
  })

  it('stays until batches of the size have gone there, however small each is', () => {
    const partitioner = createPartitioner('sticky', 1000)
    const next = () => partitioner.partition('t', null, null, 5)
    const first = next()
    for (let i = 0; i < 100; i++) expect(next()).toBe(first)
    for (let i = 0; i < 3; i++) partitioner.batchSent?.('t', first, 300)
    expect(next()).toBe(first)
    partitioner.batchSent?.('t', first, 100)
    expect(next()).toBe((first + 1) % 5)
  })

  it('gives every partition the same', () => {
    const partitioner = createPartitioner('sticky', 1000)
    const sent = new Array<number>(7).fill(0)
    for (let i = 0; i < 7 * 100 * 4; i++) {
      const partition = partitioner.partition('t', null, null, 7)
      partitioner.batchSent?.('t', partition, 250)
      sent[partition] += 250
    }
    expect(sent).toEqual(new Array(7).fill(100_000))
  })

  it('takes no notice of batches elsewhere, and keeps topics apart', () => {
    const partitioner = createPartitioner('sticky', 1000)
    const first = partitioner.partition('t', null, null, 5)
    partitioner.batchSent?.('t', (first + 1) % 5, 5000)
    partitioner.batchSent?.('other', first, 5000)
    partitioner.partition('other', null, null, 5)
    partitioner.batchSent?.('other', first, 0)
    expect(partitioner.partition('t', null, null, 5)).toBe(first)
  })

  it('reaches partitions that were added', () => {
    const partitioner = createPartitioner('sticky', 1)
    const seen = new Set<number>()
    for (let i = 0; i < 30; i++) {
      const partition = partitioner.partition('t', null, null, i < 10 ? 2 : 4)
      partitioner.batchSent?.('t', partition, 1)
      seen.add(partition)
    }
    expect(seen).toEqual(new Set([0, 1, 2, 3]))
  })

  it('begins anywhere', () => {
    const firsts = new Set<number>()
    for (let i = 0; i < 100; i++) {
      firsts.add(createPartitioner('sticky', 1).partition('t', null, null, 4))
    }
    expect(firsts.size).toBe(4)
  })
})

describe('round-robin', () => {
  it('takes each partition in turn, by topic and whatever the key', () => {
    const partitioner = createPartitioner('round-robin', batchSize)
    const next = (topic: string) => partitioner.partition(topic, 'same', null, 3)
    expect([next('a'), next('a'), next('b'), next('a'), next('a')]).toEqual([0, 1, 0, 2, 0])
  })
})

describe('consistent-hash', () => {
  it.each([1, 2, 4, 10, 100])('moves at most about 1/n of the keys from %i partitions', (n) => {
    const partitioner = new ConsistentHashPartitioner()
    let moved = 0
    for (const key of keys) {
      const before = partitioner.partition('t', key, null, n)
      const after = partitioner.partition('t', key, null, n + 1)
      if (before === after) continue
      // To the new one, and never from one of the others to another.
      expect(after).toBe(n)
      moved++
    }
    const share = keys.length / (n + 1)
    expect(moved).toBeGreaterThan(share * 0.75)
    expect(moved).toBeLessThan(share * 1.25)
  })

  it('gives every partition about the same', () => {
    const counts = countsOf(new ConsistentHashPartitioner(), keys, 10)
    for (const count of counts) {
      expect(count).toBeGreaterThan(8000)
      expect(count).toBeLessThan(12_000)
    }
  })

  it('never changes where a key belongs, nor whether it is text or bytes', () => {
    const partitioner = createPartitioner('consistent-hash', batchSize)
    const some = ['', 'foobar', 'grüße', 'u-17', '\ud83d\ude00']
    for (const key of some) {
      const expected = partitioner.partition('t', key, null, 64)
      expect(partitioner.partition('t', bytes(key), null, 64)).toBe(expected)
    }
    expect(some.map((key) => partitioner.partition('t', key, null, 64))).toEqual([
      54, 15, 26, 18, 8,
    ])
  })

  it('is sticky for records without a key', () => {
    const partitioner = createPartitioner('consistent-hash', 1)
    const first = partitioner.partition('t', null, null, 3)
    partitioner.batchSent?.('t', first, 1)
    expect(partitioner.partition('t', null, null, 3)).toBe((first + 1) % 3)
  })
})

describe('a function', () => {
  it('decides, and sees what was given', () => {
    const seen: unknown[] = []
    const partitioner = createPartitioner((...all) => {
      seen.push(all)
      return 2
    }, batchSize)
    const key = bytes('k')
    expect(partitioner.partition('t', key, 'v', 3)).toBe(2)
    expect(seen).toEqual([['t', key, 'v', 3]])
  })

  it.each([99, 3, -1, 0.5, Number.NaN, '1', undefined, null, 2n])(
    'that answers %s is refused by name',
    async (answer) => {
      const partitioner = createPartitioner(function byUser() {
        return answer as number
      }, batchSize)
      const fault = await faultOf(() => partitioner.partition('clicks', 'k', null, 3))
      expect(fault).toMatchObject({ code: 'ERR_PARTITIONER', topic: 'clicks', retriable: false })
      expect(fault?.message).toMatch(/^the partitioner byUser answered .* from 0 to 2$/)
    },
  )

  it.each([
    [new Error('no luck'), /byUser threw 'no luck' for clicks/],
    ['no luck', /byUser threw ''no luck'' for clicks/],
  ])('that throws is told with what it threw: %s', async (cause, message) => {
    const partitioner = createPartitioner(function byUser() {
      throw cause
    }, batchSize)
    const fault = await faultOf(() => partitioner.partition('clicks', 'k', null, 3))
    expect(fault).toMatchObject({ code: 'ERR_PARTITIONER', cause })
    expect(fault?.message).toMatch(message)
  })
})

describe('every partitioner', () => {
  it.each(partitionerNames)('%s stays within the partitions', (name) => {
    for (const partitions of [1, 2, 3, 50]) {
      const partitioner = createPartitioner(name, batchSize)
      const some = keys.slice(0, 2000)
      const counts = countsOf(partitioner, [null, ...some], partitions)
      expect(counts.length).toBe(partitions)
      expect(counts.reduce((sum, count) => sum + count)).toBe(2001)
      expect(counts.every((count) => count > 0)).toBe(true)
    }
  })

  it('is one of those that there are', async () => {
    const create = (choice: unknown) => createPartitioner(choice as PartitionerChoice, batchSize)
    for (const choice of ['murmur3', 'toString', 7, null]) {
      const fault = await faultOf(() => create(choice))
      expect(fault?.code).toBe('ERR_INVALID_OPTION')
      expect(fault?.message).toMatch(/one of 'sticky', 'murmur2', .*, or a function$/)
    }
  })
})
