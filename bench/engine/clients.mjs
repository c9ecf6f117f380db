// Producers and consumers of an engine in this process, policy os, one partition.
import { join } from 'node:path'
import { open } from 'duramen'
import { buildBatches, Digest, expectedDigest } from '../lib/data.mjs'

/** @typedef {Awaited<ReturnType<typeof open>>} Engine */
/** @typedef {ReturnType<Engine['producer']>} Producer */
/** @typedef {{ value: Buffer }[]} Records */

/** How many sends are awaited together. */
const together = 10_000

/** @type {Record<string, (producer: Producer, batches: Records[], count: number) => Promise<unknown>>} */
const ways = {
  async enqueue(producer, batches, count) {
    for (let i = 0; i < count; i++) {
      let isRoom = true
      for (const record of batches[i % batches.length]) isRoom = producer.enqueue('clicks', record)
      if (!isRoom) await producer.drained()
    }
    await producer.flush()
  },
  async send(producer, batches, count) {
    let sent = []
    for (let i = 0; i < count; i++) {
      for (const record of batches[i % batches.length]) sent.push(producer.send('clicks', record))
      if (sent.length < together) continue
      await Promise.all(sent)
      sent = []
    }
    await Promise.all(sent)
  },
  async sendBatch(producer, batches, count) {
    for (let i = 0; i < count; i++) await producer.sendBatch('clicks', batches[i % batches.length])
  },
}

/**
 * Params: `how` ('enqueue', 'send', 'sendBatch', 'consume', 'poll', 'batches'), `records`, `perBatch`,
 * `recordBytes`, and `producer`, its options.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { how, records, perBatch, recordBytes, producer: options } = trial.params
  const batches = buildBatches(perBatch, recordBytes)
  const count = Math.ceil(records / perBatch)
  const inputs = batches.values.map((batch) => batch.map((value) => ({ value })))
  const amount = { records: count * perBatch, bytes: count * perBatch * recordBytes }
  const isRead = !Object.hasOwn(ways, how)
  const produce = ways[isRead ? 'enqueue' : how]
  await withEngine(join(trial.directory, 'warm'), async (engine) => {
    await produce(engine.producer(options), inputs, Math.min(count, 200))
    const records = Math.min(count, 200) * perBatch
    await readAll(engine, how, records, () => {})
    if (how === 'batches') await lengths(engine, { records })
  })
  await withEngine(join(trial.directory, 'data'), async (engine) => {
    const producer = engine.producer(options)
    await trial.pages(2 * amount.bytes)
    if (isRead) {
      await produce(producer, inputs, count)
      let bytes = 0
      const touch = (/** @type {Buffer} */ value) => {
        bytes += value.length
      }
      if (how === 'batches') await trial.span(async () => (bytes = await lengths(engine, amount)))
      else await trial.span(() => readAll(engine, how, amount.records, touch))
      await trial.done(amount)
      trial.same('bytes read', bytes, amount.bytes)
    } else {
      await trial.span(() => produce(producer, inputs, count))
      await trial.done(amount)
    }
    const digest = new Digest()
    await readAll(engine, how, amount.records, (value) => digest.add(value))
    trial.same('digest of what was read back', digest.end(), expectedDigest(batches, count))
  })
}

/**
 * @param {string} directory
 * @param {(engine: Engine) => Promise<void>} work
 */
async function withEngine(directory, work) {
  const engine = await open(directory, { flush: 'os' })
  try {
    await engine.createTopic('clicks')
    await work(engine)
  } finally {
    await engine.close()
  }
}

/**
 * @param {Engine} engine
 * @param {string} how
 * @param {number} count
 * @param {(value: Buffer) => void} visit
 */
async function readAll(engine, how, count, visit) {
  const consumer = engine.consumer({ autoOffsetReset: 'earliest' })
  await consumer.assign([{ topic: 'clicks', partition: 0 }])
  let left = count
  if (how === 'poll') {
    while (left > 0) {
      for (const { value } of await consumer.poll(1000)) {
        visit(/** @type {Buffer} */ (value))
        left--
      }
    }
  } else {
    for await (const { value } of consumer) {
      visit(/** @type {Buffer} */ (value))
      if (--left === 0) break
    }
  }
  await consumer.close()
}

/**
 * Bytes of the values, batch by batch and with no object for a record.
 * @param {Engine} engine
 * @param {{ records: number }} amount
 */
async function lengths(engine, { records }) {
  const consumer = engine.consumer({ autoOffsetReset: 'earliest' })
  await consumer.assign([{ topic: 'clicks', partition: 0 }])
  let bytes = 0
  for await (const batch of consumer.batches()) {
    const cursor = batch.cursor()
    while (cursor.next()) bytes += cursor.valueLength
    if (batch.nextOffset === records) break
  }
  await consumer.close()
  return bytes
}
