import { describe, expect, it } from 'vitest'
import { type PartitionLeader, RemoteLog } from '../../src/client/index.js'
import { wholeBatches } from '../../src/client/whole-batches.js'
import { apis } from '../../src/protocol/index.js'
import { BatchBuilder, encodeMarker } from '../../src/record/index.js'
import { codeOf, valuesOf } from '../support/logs.js'
import { fetched, ScriptedBroker } from '../support/scripted-broker.js'

function batch(baseOffset: number, values: readonly string[], options: object = {}): Buffer {
  const builder = new BatchBuilder({ baseOffset, ...options })
  for (const value of values) builder.append({ value }, 0)
  return Buffer.from(builder.build())
}

async function logThatSends(records: Buffer, more: object = {}): Promise<RemoteLog> {
  const broker = await ScriptedBroker.start(({ api }) => {
    return api === apis.fetch ? fetched(records, more) : undefined
  })
  const [log] = await RemoteLog.open(broker.client(), 'clicks')
  return log as RemoteLog
}

const four = batch(4, ['e', 'f'])
const six = batch(6, ['g', 'h'])

describe('of what a broker sends', () => {
  it('records before the offset that was asked for are left out', async () => {
    const log = await logThatSends(Buffer.concat([batch(0, ['a']), four, six]))
    const view = await log.read(5)
    expect(valuesOf(view)).toEqual(['f', 'g', 'h'])
    expect([view.baseOffset, view.nextOffset]).toEqual([4, 8])
  })

  it.each([1, 13, 60, six.length - 1])(
    'a last batch cut to %i bytes is left for later',
    async (size) => {
      const log = await logThatSends(Buffer.concat([four, six.subarray(0, size)]))
      const view = await log.read(4)
      expect(valuesOf(view)).toEqual(['e', 'f'])
      expect(view.nextOffset).toBe(6)
    },
  )

  it('nothing is an empty view', async () => {
    const view = await (await logThatSends(Buffer.alloc(0))).read(4)
    expect([view.isEmpty, view.nextOffset]).toEqual([true, 4])
  })

  it('a gap, as compaction leaves it, is passed over', async () => {
    expect((await (await logThatSends(six)).read(4)).nextOffset).toBe(8)
  })

  it('what was aborted is left out up to the marker, and no further', async () => {
    const producer = { producerId: 7, producerEpoch: 0, isTransactional: true }
    const marker = new BatchBuilder({ baseOffset: 5, ...producer, isControl: true })
    marker.append(encodeMarker({ type: 'abort', coordinatorEpoch: 0 }), 0)
    const sent = [batch(4, ['no'], producer), marker.build(), batch(6, ['yes'], producer)]
    const abortedTransactions = [{ producerId: 7, firstOffset: 4 }]
    const log = await logThatSends(Buffer.concat(sent), { abortedTransactions })
    expect(valuesOf(await log.read(4, { isolation: 'read_committed' }))).toEqual(['yes'])
  })
})

describe('a broker that lies is not believed:', () => {
  const damaged = Buffer.from(four)
  damaged[damaged.length - 1] ^= 1
  const negative = Buffer.from(four)
  negative.writeInt32BE(-1, 8)
  it.each([
    ['a batch that comes twice', Buffer.concat([four, four]), 'ERR_BAD_ANSWER'],
    ['a batch that overlaps', Buffer.concat([four, batch(5, ['x', 'y'])]), 'ERR_BAD_ANSWER'],
    ['a batch of before', Buffer.concat([six, four]), 'ERR_BAD_ANSWER'],
    ['only what lies before', batch(0, ['a']), 'ERR_BAD_ANSWER'],
    ['no whole batch', four.subarray(0, four.length - 1), 'ERR_BAD_ANSWER'],
    ['no batch', Buffer.from('hello'), 'ERR_BAD_ANSWER'],
    ['a length that is negative', negative, 'ERR_CORRUPT_BATCH'],
    ['a wrong CRC', damaged, 'ERR_CORRUPT_BATCH'],
  ])('%s', async (_, records, code) => {
    const log = await logThatSends(records)
    expect(await codeOf(() => log.read(4))).toBe(code)
  })

  it.each([
    ['another partition', { partitionIndex: 1 }],
    ['an error without retry', { errorCode: 1 }],
  ])('%s', async (_, more) => {
    const log = await logThatSends(four, more)
    const code = 'errorCode' in more ? 'ERR_OFFSET_OUT_OF_RANGE' : 'ERR_BAD_ANSWER'
    expect(await codeOf(() => log.read(4))).toBe(code)
  })

  it('a log that ends before it begins', async () => {
    const offset = -1
    const partitions = [{ partitionIndex: 0, errorCode: 0, offset }]
    const broker = await ScriptedBroker.start(({ api }) => {
      return api === apis.listOffsets ? { topics: [{ name: 'clicks', partitions }] } : undefined
    })
    expect(await codeOf(() => RemoteLog.open(broker.client(), 'clicks'))).toBe('ERR_BAD_ANSWER')
  })
})

it('every cut and every flipped byte of an answer is either read soundly or refused', () => {
  const whole = Buffer.concat([four, six])
  const source = { topic: 'clicks', partition: 0 } as PartitionLeader
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole)
    flipped[at] ^= 0xff
    for (const bytes of [flipped, whole.subarray(0, at)]) {
      try {
        const { nextOffset } = wholeBatches(bytes, 4, source)
        expect(nextOffset).toBeGreaterThanOrEqual(4)
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/BAD_ANSWER|CORRUPT|MAGIC/) })
      }
    }
  }
})

it('a read ends as soon as its signal says so', async () => {
  const broker = await ScriptedBroker.start(({ api }) =>
    api === apis.fetch ? 'silence' : undefined,
  )
  const [log] = await RemoteLog.open(broker.client(), 'clicks')
  const stop = new AbortController()
  const reading = (log as RemoteLog).read(0, { signal: stop.signal })
  stop.abort('enough')
  await expect(reading).rejects.toBe('enough')
})
