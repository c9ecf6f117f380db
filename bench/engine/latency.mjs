// From send to delivery in one process: a producer at a steady rate, and a consumer that waits.
import { setImmediate as turn } from 'node:timers/promises'
import { open } from 'duramen'
import { percentiles } from '../lib/stats.mjs'

const recordBytes = 100

/**
 * Params: `flush`, `records`, `perSecond`.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { flush, records, perSecond } = trial.params
  const engine = await open(trial.directory, { flush })
  await engine.createTopic('clicks')
  await paced(engine, Math.min(records, perSecond), perSecond) // Compiles the code.
  await trial.pages(4 * records * recordBytes)
  const { latencies, seconds, inOrder } = await paced(engine, records, perSecond)
  trial.report({
    records,
    bytes: records * recordBytes,
    seconds,
    latency: percentiles(latencies),
  })
  trial.same('records that came in their order', inOrder, records)
  await engine.close()
}

/**
 * @param {Awaited<ReturnType<typeof open>>} engine
 * @param {number} count
 * @param {number} perSecond
 */
async function paced(engine, count, perSecond) {
  const producer = engine.producer()
  const consumer = engine.consumer()
  await consumer.assign([{ topic: 'clicks', partition: 0 }])
  const sentAt = new Float64Array(count)
  const latencies = new Float64Array(count)
  const received = receive(consumer, sentAt, latencies)
  const value = Buffer.alloc(recordBytes)
  const begun = performance.now()
  for (let sent = 0; sent < count; await turn()) {
    const due = Math.min(((performance.now() - begun) * perSecond) / 1000, count)
    for (; sent < due; sent++) {
      value.writeUInt32LE(sent)
      sentAt[sent] = performance.now()
      producer.enqueue('clicks', { value })
    }
  }
  const inOrder = await received
  const seconds = (performance.now() - begun) / 1000
  await producer.close()
  await consumer.close()
  return { latencies, seconds, inOrder }
}

/**
 * @param {ReturnType<Awaited<ReturnType<typeof open>>['consumer']>} consumer
 * @param {Float64Array} sentAt
 * @param {Float64Array} latencies
 */
async function receive(consumer, sentAt, latencies) {
  let at = 0
  let inOrder = 0
  for await (const { value } of consumer) {
    latencies[at] = performance.now() - sentAt[at]
    if (/** @type {Buffer} */ (value).readUInt32LE() === at) inOrder++
    if (++at === latencies.length) break
  }
  return inOrder
}
