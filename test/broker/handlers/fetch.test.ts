import { describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine.js'
import { errorCodes } from '../../../src/protocol/index.js'
import { encodeMarker } from '../../../src/record/index.js'
import { newUuid, noUuid } from '../../../src/topic/uuid.js'
import { openEngine } from '../../support/engines.js'
import { records } from '../../support/logs.js'
import { clientOf } from '../../support/wire-client.js'
import { asking, fetch, offsetsIn, partitionsOf } from './fetches.js'

/** A topic of two partitions; the first has three batches of two records. */
async function clicks(engine?: Engine) {
  const home = engine ?? (await openEngine())
  const topic = await home.createTopic('clicks', { partitions: 2 })
  const log = await home.log('clicks', 0)
  for (const value of ['a', 'b', 'c']) await log.append(records(value, value))
  return { engine: home, topic, log, client: await clientOf(home) }
}

describe('Fetch', () => {
  for (let version = 4; version <= 16; version++) {
    it(`v${version} gives the bytes of the log, and how far it reaches`, async () => {
      const { client, topic, log } = await clicks()
      await log.deleteBefore(1)
      const answer = await client.ask(fetch, asking(topic, [{ fetchOffset: 1 }]), version)
      expect(answer).toMatchObject({ errorCode: 0, sessionId: 0, throttleTimeMs: 0 })
      expect(answer.responses[0]?.topic).toBe(version < 13 ? 'clicks' : '')
      expect(answer.responses[0]?.topicId).toBe(version < 13 ? noUuid : topic.id)
      const [partition] = partitionsOf(answer)
      expect(partition).toMatchObject({
        partitionIndex: 0,
        errorCode: 0,
        highWatermark: 6,
        lastStableOffset: 6,
        logStartOffset: version < 5 ? -1 : 1,
        abortedTransactions: null,
      })
      expect(partition?.records?.equals((await log.read(1)).bytes)).toBe(true)
    })
  }

  it('gives the whole batch that holds the offset', async () => {
    const { client, topic } = await clicks()
    const [partition] = partitionsOf(await client.ask(fetch, asking(topic, [{ fetchOffset: 3 }])))
    expect(offsetsIn(partition as never)).toEqual([2, 4])
  })

  it('gives nothing at the end, and from an empty partition', async () => {
    const { client, topic } = await clicks()
    const asked = asking(topic, [{ fetchOffset: 6 }, { partition: 1 }])
    const [first, second] = partitionsOf(await client.ask(fetch, asked))
    expect(first).toMatchObject({ errorCode: 0, highWatermark: 6, records: Buffer.alloc(0) })
    expect(second).toMatchObject({ errorCode: 0, highWatermark: 0, records: Buffer.alloc(0) })
  })

  it('keeps to the bytes of a partition and of the whole, but gives one batch at least', async () => {
    const { client, engine, topic, log } = await clicks()
    const other = await engine.log('clicks', 1)
    for (const value of ['x', 'y']) await other.append(records(value, value))
    const size = (await log.read(0)).sizeInBytes / 3
    const ask = async (partitionMaxBytes: number, maxBytes: number) => {
      const both = [{ partitionMaxBytes }, { partition: 1, partitionMaxBytes }]
      const answer = await client.ask(fetch, asking(topic, both, { maxBytes }))
      return partitionsOf(answer).map(offsetsIn)
    }
    expect(await ask(2 * size, 100 * size)).toEqual([
      [0, 2],
      [0, 2],
    ])
    expect(await ask(100 * size, 4 * size)).toEqual([[0, 2, 4], [0]])
    expect(await ask(100 * size, 3 * size)).toEqual([[0, 2, 4], []])
    expect(await ask(100 * size, 4 * size - 1)).toEqual([[0, 2, 4], []])
    expect(await ask(1, 100 * size)).toEqual([[0], []])
    expect(await ask(100 * size, 0)).toEqual([[0], []])
    expect(await ask(-1, -1)).toEqual([[0], []])
  })

  it.each([
    ['before the start', 0, errorCodes.offsetOutOfRange],
    ['behind the end', 7, errorCodes.offsetOutOfRange],
    ['below 0', -1, errorCodes.offsetOutOfRange],
  ])('refuses an offset %s, and serves the other partitions', async (_, fetchOffset, errorCode) => {
    const { engine, client, topic, log } = await clicks()
    await log.deleteBefore(1)
    await (await engine.log('clicks', 1)).append(records('x'))
    const asked = asking(topic, [{ fetchOffset }, { partition: 1 }])
    const [refused, served] = partitionsOf(await client.ask(fetch, asked))
    expect(refused).toMatchObject({
      errorCode,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
      records: Buffer.alloc(0),
    })
    expect(offsetsIn(served as never)).toEqual([0])
  })

  it('knows no other partitions, names and ids', async () => {
    const { client, topic } = await clicks()
    const codes = async (asked: ReturnType<typeof asking>, version?: number) =>
      partitionsOf(await client.ask(fetch, asked, version)).map(({ errorCode }) => errorCode)
    const { unknownTopicOrPartition, unknownTopicId } = errorCodes
    expect(await codes(asking(topic, [{ partition: 2 }]))).toEqual([unknownTopicOrPartition])
    expect(await codes(asking(topic, [{ partition: -1 }]))).toEqual([unknownTopicOrPartition])
    const other = { name: 'other', id: newUuid() }
    expect(await codes(asking(other, [{}, { partition: 1 }]))).toEqual([
      unknownTopicId,
      unknownTopicId,
    ])
    expect(await codes(asking(other, [{}]), 12)).toEqual([unknownTopicOrPartition])
  })

  it.each([9, 12, 16])('v%d compares leader epochs', async (version) => {
    const { client, topic } = await clicks()
    const ask = async (currentLeaderEpoch: number) =>
      partitionsOf(await client.ask(fetch, asking(topic, [{ currentLeaderEpoch }]), version))[0]
    expect((await ask(0))?.errorCode).toBe(0)
    expect((await ask(-1))?.errorCode).toBe(0)
    expect((await ask(1))?.errorCode).toBe(errorCodes.unknownLeaderEpoch)
    expect((await ask(-2))?.errorCode).toBe(errorCodes.fencedLeaderEpoch)
  })

  it.each([
    ['ends one with session id 7', 7, -1, 0, 1],
    ['makes none', 0, 0, 0, 1],
    ['knows none to go on with', 7, 3, errorCodes.fetchSessionIdNotFound, 0],
    ['knows none to go on with, not even 0', 0, 1, errorCodes.fetchSessionIdNotFound, 0],
  ])('declines sessions: it %s', async (_, sessionId, sessionEpoch, errorCode, topics) => {
    const { client, topic } = await clicks()
    const asked = asking(topic, [{}], { sessionId, sessionEpoch })
    const answer = await client.ask(fetch, asked)
    expect(answer).toMatchObject({ errorCode, sessionId: 0 })
    expect(answer.responses).toHaveLength(topics)
  })

  it('tells readers of committed records which transactions were aborted', async () => {
    const { client, topic, log } = await clicks()
    const producer = { producerId: 5, producerEpoch: 0, isTransactional: true }
    const end = (type: 'abort' | 'commit') =>
      log.append([encodeMarker({ type, coordinatorEpoch: 0 })], { ...producer, isControl: true })
    await log.append(records('x'), { ...producer, baseSequence: 0 })
    await end('abort')
    await log.append(records('y'), { ...producer, baseSequence: 1 })
    const ask = async (isolationLevel: number) =>
      partitionsOf(await client.ask(fetch, asking(topic, [{}], { isolationLevel })))[0]
    const committed = await ask(1)
    expect(committed).toMatchObject({ highWatermark: 9, lastStableOffset: 8 })
    expect(committed?.abortedTransactions).toEqual([{ producerId: 5, firstOffset: 6 }])
    expect(offsetsIn(committed as never)).toEqual([0, 2, 4, 6, 7])
    const all = await ask(0)
    expect(all).toMatchObject({ lastStableOffset: 8, abortedTransactions: null })
    expect(offsetsIn(all as never)).toEqual([0, 2, 4, 6, 7, 8])
  })

  it.each([
    [
      'refuses an older client a topic that compresses',
      'zstd' as const,
      errorCodes.unsupportedCompressionType,
    ],
    ['gives an older client what a producer has compressed', 'producer' as const, errorCodes.none],
  ])('%s, where that is zstd', async (_, compressionType, errorCode) => {
    const engine = await openEngine()
    const topic = await engine.createTopic('clicks', { config: { compressionType } })
    await (await engine.log('clicks', 0)).append(records('a'), { compression: 'zstd' })
    const client = await clientOf(engine)
    const ask = async (version: number) =>
      partitionsOf(await client.ask(fetch, asking(topic, [{}]), version))[0]?.errorCode
    expect(await ask(9)).toBe(errorCode)
    expect(await ask(10)).toBe(0)
  })
})
