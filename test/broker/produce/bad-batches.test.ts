import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { codecByName, codecNames } from '../../../src/compression/index.js'
import { apis, errorCodes } from '../../../src/protocol/index.js'
import * as layout from '../../../src/record/layout.js'
import { openEngine } from '../../support/engines.js'
import { batchOf } from '../../support/logs.js'
import { clientOf } from '../../support/wire-client.js'
import { changed, produce, produceRequest, valuesIn } from '../../support/wire-produce.js'

async function served() {
  const engine = await openEngine()
  await engine.createTopic('t')
  return { engine, client: await clientOf(engine) }
}

/** Sent as it is: refused with that number and a sentence, nothing stored, the connection good. */
async function refused(batch: Buffer, errorCode: number, version = 11) {
  const { engine, client } = await served()
  const answer = await produce(client, 't', batch, { version })
  expect(answer).toMatchObject({ errorCode, baseOffset: -1 })
  if (version >= 8) expect(answer.errorMessage).toMatch(/\w/)
  expect(await valuesIn(engine, 't')).toEqual([])
  expect(await produce(client, 't', batchOf(['good']))).toMatchObject({
    errorCode: 0,
    baseOffset: 0,
  })
}

const good = batchOf(['one', 'two', 'three'])
const withAttributes = (bits: number) =>
  changed(good, (bytes) => bytes.writeInt16BE(bits, layout.attributesAt))

/** The batch with other records than its header says, compressed. */
function holding(records: Uint8Array, codecId: number): Buffer {
  const bytes = Buffer.concat([good.subarray(0, layout.batchHeaderSize), records])
  return changed(bytes, (copy) => {
    copy.writeInt32BE(bytes.length - layout.lengthCountsFrom, layout.batchLengthAt)
    copy.writeInt16BE(codecId, layout.attributesAt)
  })
}

const { corruptMessage, invalidRecord, messageTooLarge, unsupportedVersion } = errorCodes

describe('a batch is refused', () => {
  it('whose CRC does not match', async () => {
    const bytes = Buffer.from(good)
    bytes[bytes.length - 2] ^= 1
    await refused(bytes, corruptMessage)
  })

  it('that says of its size what cannot be', async () => {
    const sized = (length: number) =>
      changed(good, (bytes) => bytes.writeInt32BE(length, layout.batchLengthAt))
    await refused(sized(-1), corruptMessage)
    await refused(sized(2 ** 31 - 100), invalidRecord)
    await refused(sized(good.length), invalidRecord)
  })

  it('that is none, or cut off at whatever place', async () => {
    for (const length of [0, 10, 16, 17, 40, 61, good.length - 1]) {
      await refused(good.subarray(0, length), invalidRecord)
    }
  })

  it('with another behind it', async () => {
    await refused(Buffer.concat([good, good]), invalidRecord)
  })

  it('of the formats before', async () => {
    for (const magic of [0, 1, 3]) {
      await refused(
        changed(good, (bytes) => bytes.writeInt8(magic, layout.magicAt)),
        invalidRecord,
      )
    }
  })

  for (const codec of codecNames.map((name) => codecByName(name))) {
    const records = (bytes: Buffer) => holding(codec.compress(bytes), codec.id)
    const body = good.subarray(layout.batchHeaderSize)

    it(`that lies about its records' number (${codec.name})`, async () => {
      for (const count of [0, 1, 2, 4, 2 ** 31 - 1, -1]) {
        const lying = changed(records(body), (bytes) => {
          bytes.writeInt32BE(count, layout.recordCountAt)
          bytes.writeInt32BE(Math.max(count - 1, 0), layout.lastOffsetDeltaAt)
        })
        await refused(lying, invalidRecord)
      }
    })

    it(`whose records are malformed, or out of order (${codec.name})`, async () => {
      const wrong = (at: number, value: number) => {
        const bytes = Buffer.from(body)
        bytes[at] = value
        return records(bytes)
      }
      await refused(wrong(0, 2), invalidRecord)
      await refused(wrong(3, 2), invalidRecord)
      await refused(records(Buffer.alloc(40)), invalidRecord)
      await refused(records(body.subarray(0, -1)), invalidRecord)
      await refused(records(Buffer.concat([body, Buffer.alloc(1)])), invalidRecord)
    })

    if (codec.name !== 'none') {
      it(`that does not decompress (${codec.name})`, async () => {
        await refused(holding(Buffer.from('no such data at all'), codec.id), invalidRecord)
      })
    }
  }

  it('that would fill memory once decompressed', async () => {
    await refused(holding(gzipSync(Buffer.alloc(2 ** 27 + 1), { level: 1 }), 1), messageTooLarge)
  })

  it('of a codec that there is not, or not yet', async () => {
    await refused(withAttributes(6), invalidRecord)
    const zstd = holding(codecByName('zstd').compress(good.subarray(layout.batchHeaderSize)), 4)
    await refused(zstd, errorCodes.unsupportedCompressionType, 6)
  })

  it('that only a broker may write, or that is part of a transaction', async () => {
    await refused(withAttributes(layout.controlBit), invalidRecord)
    await refused(withAttributes(layout.transactionalBit), unsupportedVersion)
  })

  it('with a producer and without a sequence', async () => {
    await refused(batchOf(['a'], { producerId: 7, producerEpoch: 0 }), invalidRecord)
  })

  it('that is larger than its topic takes', async () => {
    const { engine, client } = await served()
    await engine.alterTopic('t', { 'max.message.bytes': 200 })
    expect((await produce(client, 't', batchOf(['x'.repeat(150)]))).errorCode).toBe(messageTooLarge)
    expect((await produce(client, 't', batchOf(['x'.repeat(100)]))).errorCode).toBe(0)
  })
})

it('many batches of a bomb each do not hold up other clients for long', async () => {
  const { engine, client } = await served()
  const bomb = holding(gzipSync(Buffer.alloc(2 ** 24), { level: 1 }), 1)
  const bombs = Array.from({ length: 8 }, () => produce(client, 't', bomb))
  const other = await clientOf(engine)
  const order: string[] = []
  const done = Promise.all(bombs).then(() => order.push('bombs'))
  await other.ask(apis.produce, produceRequest('t', { 0: good }))
  order.push('other')
  await done
  expect(order).toEqual(['other', 'bombs'])
})
