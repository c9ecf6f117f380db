import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { apis, errorCodes } from '../../../src/protocol/index.js'
import { openEngine } from '../../support/engines.js'
import { batchOf, readAll, temporaryDirectory } from '../../support/logs.js'
import { clientOf } from '../../support/wire-client.js'
import { batchOfRecords, produce, produceRequest, valuesIn } from '../../support/wire-produce.js'

async function served(flush: 'os' | 'sync' = 'os') {
  const engine = await openEngine(undefined, { flush })
  await engine.createTopic('t', { partitions: 2 })
  return { engine, client: await clientOf(engine) }
}

describe('Produce', () => {
  for (let version = 3; version <= 11; version++) {
    it(`v${version} stores a batch as it came and says where`, async () => {
      const { engine, client } = await served()
      const batch = batchOf(['a', 'b'])
      await produce(client, 't', batch, { version })
      const answer = await produce(client, 't', batch, { version })
      const logStartOffset = version < 5 ? -1 : 0
      expect(answer).toMatchObject({
        errorCode: 0,
        baseOffset: 2,
        logAppendTimeMs: -1,
        logStartOffset,
      })
      const stored = (await (await engine.log('t', 0)).read(2)).bytes
      expect(stored.subarray(17).equals(batch.subarray(17))).toBe(true)
    })
  }

  it('is known in the versions before record batches, and refused', async () => {
    const { client } = await served()
    for (const version of [0, 1, 2]) {
      const { errorCode } = await produce(client, 't', batchOf(['a']), { version })
      expect(errorCode).toBe(errorCodes.unsupportedVersion)
    }
  })

  it('fails a partition without failing the others', async () => {
    const { engine, client } = await served()
    const good = batchOf(['a'])
    const { responses } = await client.ask(apis.produce, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [
        produceRequest('missing', { 0: good }).topicData[0],
        produceRequest('t', { 0: good, 1: good.subarray(0, 40), 2: good }).topicData[0],
      ] as never,
    })
    const codes = responses.map((one) => one.partitionResponses.map(({ errorCode }) => errorCode))
    const { unknownTopicOrPartition, invalidRecord } = errorCodes
    expect(codes).toEqual([[unknownTopicOrPartition], [0, invalidRecord, unknownTopicOrPartition]])
    expect(responses[1]?.partitionResponses[1]?.errorMessage).toContain('cut short')
    expect(await valuesIn(engine, 't')).toEqual(['a'])
  })

  it('appends requests that are sent without waiting in their order, large ones among them', async () => {
    const { engine, client } = await served('sync')
    const answers = Array.from({ length: 40 }, (_, i) => {
      // Those that are compressed are checked on the thread pool, which takes its time.
      const value = `${i}`.padEnd(i % 3 === 0 ? 300_000 : 10, '.')
      const compression = i % 3 === 0 ? 'gzip' : 'none'
      return produce(client, 't', batchOfRecords([{ value }], { compression }), { acks: -1 })
    })
    const offsets = (await Promise.all(answers)).map(({ baseOffset }) => baseOffset)
    expect(offsets).toEqual(Array.from({ length: 40 }, (_, i) => i))
    const values = (await valuesIn(engine, 't')).map((value) => Number.parseInt(value, 10))
    expect(values).toEqual(offsets)
  })

  it('answers acks=all when a flush has made the batch durable', async () => {
    // On a disk: in memory a flush is over before any answer comes.
    const engine = await openEngine(join(temporaryDirectory(), 'data'), { flush: 'sync' })
    await engine.createTopic('t')
    const client = await clientOf(engine)
    const log = await engine.log('t', 0)
    for (let i = 0; i < 20; i++) {
      const batch = batchOf(['a'.repeat(500_000)])
      const { baseOffset } = await produce(client, 't', batch, { acks: -1 })
      expect(log.durableOffset).toBeGreaterThan(baseOffset)
    }
  })

  it('answers nothing for acks=0, and closes the connection where something is wrong', async () => {
    const { engine, client } = await served()
    client.tell(apis.produce, produceRequest('t', { 0: batchOf(['a']) }, 0))
    const second = await produce(client, 't', batchOf(['b']))
    expect(second.baseOffset).toBe(1)
    client.tell(apis.produce, produceRequest('missing', { 0: batchOf(['a']) }, 0))
    await client.closed
    expect(await valuesIn(engine, 't')).toEqual(['a', 'b'])
  })

  it('stores what a client sent with acks=0 before it left, in its order', async () => {
    const { engine, client } = await served()
    const values = Array.from({ length: 150 }, (_, i) => `${i}`)
    client.socket.cork()
    for (const value of values) {
      client.tell(apis.produce, produceRequest('t', { 0: batchOf([value]) }, 0))
    }
    client.socket.uncork()
    client.socket.end()
    await client.closed
    await vi.waitFor(async () => expect(await valuesIn(engine, 't')).toEqual(values))
  })

  it('knows no other acks', async () => {
    const { engine, client } = await served()
    const { errorCode } = await produce(client, 't', batchOf(['a']), { acks: 2 })
    expect(errorCode).toBe(errorCodes.invalidRequiredAcks)
    expect(await valuesIn(engine, 't')).toEqual([])
  })

  it('says of a topic that is deleted meanwhile that it is unknown', async () => {
    const { engine, client } = await served('sync')
    await produce(client, 't', batchOf(['a']))
    const [, answer] = await Promise.all([
      engine.deleteTopic('t'),
      produce(client, 't', batchOf(['b'])),
    ])
    expect([0, errorCodes.unknownTopicOrPartition]).toContain(answer.errorCode)
    const { errorCode } = await produce(client, 't', batchOf(['c']))
    expect(errorCode).toBe(errorCodes.unknownTopicOrPartition)
  })

  it('keeps clients but for Kafka’s own tools from internal topics', async () => {
    const { engine, client } = await served()
    await engine.groups()
    const refused = await produce(client, '__consumer_offsets', batchOf(['a']))
    expect(refused.errorCode).toBe(errorCodes.invalidTopicException)
    client.clientId = '__admin_client'
    const keyed = batchOfRecords([{ key: 'k', value: 'v' }])
    const { errorCode } = await produce(client, '__consumer_offsets', keyed)
    expect(errorCode).toBe(0)
  })
})

describe('an idempotent producer', () => {
  async function started() {
    const { engine, client } = await served('sync')
    const request = { transactionalId: null, transactionTimeoutMs: -1 }
    const { producerId } = await client.ask(apis.initProducerId, request)
    const send = (baseSequence: number, producerEpoch = 0) =>
      produce(client, 't', batchOf(['x', 'y'], { producerId, producerEpoch, baseSequence }), {
        acks: -1,
      })
    return { engine, client, send }
  }

  it('gets the original offset for a batch that it sends again', async () => {
    const { engine, send } = await started()
    expect((await send(0)).baseOffset).toBe(0)
    expect((await send(2)).baseOffset).toBe(2)
    expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await readAll(await engine.log('t', 0))).toHaveLength(4)
  })

  it('is told of a gap, and of an epoch that is over', async () => {
    const { engine, send } = await started()
    await send(0)
    expect((await send(4)).errorCode).toBe(errorCodes.outOfOrderSequenceNumber)
    expect((await send(0, 1)).errorCode).toBe(0)
    expect((await send(2)).errorCode).toBe(errorCodes.invalidProducerEpoch)
    expect(await readAll(await engine.log('t', 0))).toHaveLength(4)
  })

  for (let version = 0; version <= 4; version++) {
    it(`gets an id of its own, InitProducerId v${version}`, async () => {
      const { client } = await served()
      const ask = (transactionalId: string | null) =>
        client.ask(apis.initProducerId, { transactionalId, transactionTimeoutMs: 1000 }, version)
      const one = await ask(null)
      expect(one).toMatchObject({ errorCode: 0, producerEpoch: 0 })
      expect((await ask(null)).producerId).toBe(one.producerId + 1)
      expect((await ask('mine')).errorCode).toBe(errorCodes.unsupportedVersion)
    })
  }
})
