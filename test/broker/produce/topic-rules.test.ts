import { describe, expect, it } from 'vitest'
import type { TopicConfigInput } from '../../../src/config/topic-config.js'
import { BatchIntake } from '../../../src/producer/index.js'
import { errorCodes } from '../../../src/protocol/index.js'
import { RecordBatch } from '../../../src/record/index.js'
import {
  attributesAt,
  logAppendTimeBit,
  maxTimestampAt,
  writeInt64,
} from '../../../src/record/layout.js'
import { openEngine } from '../../support/engines.js'
import { batchOf, readAll } from '../../support/logs.js'
import { clientOf } from '../../support/wire-client.js'
import { batchOfRecords, changed, produce, valuesIn } from '../../support/wire-produce.js'

async function served(config: TopicConfigInput) {
  const engine = await openEngine()
  await engine.createTopic('t', { config })
  return { engine, client: await clientOf(engine) }
}

async function storedBatch(engine: Awaited<ReturnType<typeof openEngine>>): Promise<RecordBatch> {
  const { bytes } = await (await engine.log('t', 0)).read(0)
  const batch = new RecordBatch(bytes)
  expect(batch.isValid()).toBe(true)
  return batch
}

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

describe('message.timestamp.type=LogAppendTime', () => {
  for (const compression of compressions) {
    it(`gives records the time of the log (${compression})`, async () => {
      const { engine, client } = await served({ 'message.timestamp.type': 'LogAppendTime' })
      const before = Date.now()
      const answer = await produce(client, 't', batchOf(['a', 'b'], { compression }))
      expect(answer.errorCode).toBe(0)
      expect(answer.logAppendTimeMs).toBeGreaterThanOrEqual(before)
      const batch = await storedBatch(engine)
      expect(batch).toMatchObject({ timestampType: 'LogAppendTime', compression })
      const times = (await readAll(await engine.log('t', 0))).map(({ timestamp }) => timestamp)
      expect(times).toEqual([answer.logAppendTimeMs, answer.logAppendTimeMs])
    })
  }
})

describe('timestamps of the producer', () => {
  it('must lie within what the topic allows; the answer says which do not', async () => {
    const { engine, client } = await served({
      'message.timestamp.before.max.ms': '60000',
      'message.timestamp.after.max.ms': '60000',
    })
    const now = Date.now()
    const at = (timestamp: number) => ({ value: 'x', timestamp })
    for (const compression of compressions) {
      const batch = batchOfRecords(
        [at(now), at(now - 120_000), at(now), at(now + 120_000), at(-1)],
        { compression },
      )
      const answer = await produce(client, 't', batch)
      expect(answer.errorCode).toBe(errorCodes.invalidTimestamp)
      expect(answer.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1, 3])
      expect(answer.errorMessage).toContain('record 1')
    }
    expect(await valuesIn(engine, 't')).toEqual([])
    const fine = await produce(client, 't', batchOfRecords([at(now - 30_000), at(-1), at(now)]))
    expect(fine.errorCode).toBe(0)
  })

  it('are not said to be those of the log', async () => {
    const { client } = await served({})
    const batch = changed(batchOf(['a']), (bytes) => {
      bytes.writeInt16BE(logAppendTimeBit, attributesAt)
    })
    expect((await produce(client, 't', batch)).errorCode).toBe(errorCodes.invalidTimestamp)
  })

  it('count, and not what the batch says is the largest', async () => {
    const { engine, client } = await served({})
    const lying = changed(batchOf(['a', 'b']), (bytes) => {
      writeInt64(new DataView(bytes.buffer, bytes.byteOffset), maxTimestampAt, 5_000_000)
    })
    expect((await produce(client, 't', lying)).errorCode).toBe(0)
    expect((await storedBatch(engine)).maxTimestamp).toBe(1000)
  })
})

describe('a compacted topic', () => {
  for (const compression of compressions) {
    it(`takes no records without keys, and says which (${compression})`, async () => {
      const { engine, client } = await served({ 'cleanup.policy': 'compact,delete' })
      const records = [{ key: 'k', value: '1' }, { value: '2' }, { key: '', value: '3' }]
      const answer = await produce(client, 't', batchOfRecords(records, { compression }))
      expect(answer.errorCode).toBe(errorCodes.invalidRecord)
      expect(answer.recordErrors).toMatchObject([
        { batchIndex: 1, batchIndexErrorMessage: expect.stringContaining('key') },
      ])
      expect(await valuesIn(engine, 't')).toEqual([])
      const keyed = batchOfRecords([records[0], records[2]], { compression })
      expect((await produce(client, 't', keyed)).errorCode).toBe(0)
    })
  }
})

describe('compression.type', () => {
  for (const to of compressions) {
    for (const from of compressions) {
      it(`${to} stores what came as ${from}`, async () => {
        const type = to === 'none' ? 'uncompressed' : to
        const { engine, client } = await served({ 'compression.type': type })
        const value = 'the same words '.repeat(50)
        const sent = batchOfRecords(
          [
            { key: 'k', value, timestamp: 5, headers: [['h', 'v']] },
            { value: null, timestamp: 9 },
          ],
          { compression: from, producerId: 7, producerEpoch: 1, baseSequence: 0 },
        )
        expect(await produce(client, 't', sent)).toMatchObject({ errorCode: 0, baseOffset: 0 })
        const batch = await storedBatch(engine)
        expect(batch).toMatchObject({ compression: to, maxTimestamp: 9, producerId: 7 })
        expect(Array.from(batch, (one) => one.toJSON())).toEqual(
          Array.from(new RecordBatch(sent), (one) => one.toJSON()).map((one) => ({
            ...one,
            leaderEpoch: 0,
          })),
        )
        // Sent again it is known all the same.
        expect(await produce(client, 't', sent)).toMatchObject({ errorCode: 0, baseOffset: 0 })
        expect(await readAll(await engine.log('t', 0))).toHaveLength(2)
      })
    }
  }

  it('counts for the size of a batch as it is stored, too', async () => {
    const { client } = await served({
      'compression.type': 'uncompressed',
      'max.message.bytes': '1000',
    })
    const batch = batchOfRecords([{ value: 'a'.repeat(2000) }], { compression: 'gzip' })
    expect((await produce(client, 't', batch)).errorCode).toBe(errorCodes.messageTooLarge)
  })
})

describe('a batch that is larger with the codec of its topic', () => {
  for (const compression of compressions.slice(1)) {
    it(`is refused above max.message.bytes, and taken at it (${compression})`, async () => {
      const plain = batchOf(['x'.repeat(200_000)])
      const most = plain.length
      const { engine, client } = await served({
        'compression.type': 'uncompressed',
        'max.message.bytes': `${most}`,
      })
      const larger = batchOf(['x'.repeat(200_001)], { compression })
      expect(await produce(client, 't', larger)).toMatchObject({
        errorCode: errorCodes.messageTooLarge,
        baseOffset: -1,
      })
      const fitting = batchOf(['x'.repeat(200_000)], { compression })
      expect(await produce(client, 't', fitting)).toMatchObject({ errorCode: 0, baseOffset: 0 })
      expect((await (await engine.log('t', 0)).read(0)).sizeInBytes).toBe(most)
    })
  }
})

describe('many small compressed batches at once', () => {
  it('leave others their turn between', async () => {
    const intake = new BatchIntake()
    const batch = batchOf(['x'.repeat(100_000)], { compression: 'gzip' })
    const order: string[] = []
    const all = Array.from({ length: 100 }, () =>
      Promise.resolve(intake.accept(Buffer.from(batch), {})).then(() => order.push('batch')),
    )
    setImmediate(() => order.push('other'))
    await Promise.all(all)
    expect(order.indexOf('other')).toBeGreaterThanOrEqual(0)
    expect(order.indexOf('other')).toBeLessThan(100)
  })
})
