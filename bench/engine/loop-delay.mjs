// How long the event loop waits for its turn while a producer takes all that it is given.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { open } from 'duramen'
import { buildBatches, Digest, expectedDigest } from '../lib/data.mjs'

/**
 * Params: `records`, `perBatch`, `recordBytes`, `producer`, its options.
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { records, perBatch, recordBytes, producer: options } = trial.params
  const batches = buildBatches(perBatch, recordBytes)
  const inputs = batches.values.map((batch) => batch.map((value) => ({ value })))
  const count = Math.ceil(records / perBatch)
  const engine = await open(trial.directory, { flush: 'os' })
  await engine.createTopic('warm')
  await engine.createTopic('clicks')
  await ingest(engine, 'warm', options, inputs, Math.min(count, 200))
  await trial.pages(2 * count * perBatch * recordBytes)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const begun = performance.now()
  await ingest(engine, 'clicks', options, inputs, count)
  const seconds = (performance.now() - begun) / 1000
  delay.disable()
  const at = (/** @type {number} */ percent) => delay.percentile(percent) / 1e6
  trial.report({
    records: count * perBatch,
    bytes: count * perBatch * recordBytes,
    seconds,
    latency: { p50: at(50), p99: at(99), p999: at(99.9), max: delay.max / 1e6 },
  })
  const digest = new Digest()
  const consumer = engine.consumer({ autoOffsetReset: 'earliest' })
  await consumer.assign([{ topic: 'clicks', partition: 0 }])
  let left = count * perBatch
  for await (const { value } of consumer) {
    digest.add(/** @type {Buffer} */ (value))
    if (--left === 0) break
  }
  trial.same('digest of what was read back', digest.end(), expectedDigest(batches, count))
  await engine.close()
}

/**
 * As a program does that reads what it sends from elsewhere: piece by piece, and a turn for each.
 * @param {Awaited<ReturnType<typeof open>>} engine
 * @param {string} topic
 * @param {object} options
 * @param {{ value: Buffer }[][]} batches
 * @param {number} count
 */
async function ingest(engine, topic, options, batches, count) {
  const producer = engine.producer(options)
  for (let i = 0; i < count; i++) {
    for (const record of batches[i % batches.length]) {
      if (!producer.enqueue(topic, record)) await producer.drained()
    }
    await turn()
  }
  await producer.close()
}
