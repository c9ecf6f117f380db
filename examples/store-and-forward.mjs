// Store and forward: a device measures faster than its uplink takes, and the uplink fails at times.
// The log is the buffer: memory stays small, nothing is lost, and what was delivered is deleted.
//
//   node store-and-forward.mjs [DIRECTORY]
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { open } from 'duramen'

const readings = 300_000
const scratch = await mkdtemp(join(tmpdir(), 'duramen-forward-'))
const engine = await open(process.argv[2] ?? scratch, { flush: 'os' })
try {
  const topic = `readings-${process.pid}`
  // Small segments, because whole ones are deleted.
  await engine.createTopic(topic, { config: { 'segment.bytes': 1_048_576 } })
  const started = performance.now()
  const secondsSince = () => ((performance.now() - started) / 1000).toFixed(1)

  /** The device: as fast as it can, never waiting for the uplink. */
  const measure = async () => {
    const producer = engine.producer()
    for (let i = 0; i < readings; i++) {
      const value = JSON.stringify({ number: i, celsius: 20 + (i % 100) / 10 })
      if (!producer.enqueue(topic, { value })) await producer.drained()
    }
    await producer.flush()
    console.log(`${readings} readings were stored within ${secondsSince()} s`)
  }

  /** The far end: slow, out of reach for a while, and it remembers what it got. */
  const uplink = { received: 0, repeated: 0, calls: 0 }
  const deliver = async (records) => {
    await sleep(10)
    uplink.calls++
    if (uplink.calls > 20 && uplink.calls < 25) return false
    for (const { value } of records) {
      const { number } = JSON.parse(value)
      assert.ok(number <= uplink.received, `reading ${uplink.received} is missing`)
      if (number === uplink.received) uplink.received++
      else uplink.repeated++
    }
    return true
  }

  /** The forwarder: commits what was delivered, and goes on from there whatever happens. */
  const forward = async () => {
    const consumer = engine.consumer({
      groupId: `uplink-${process.pid}`,
      autoOffsetReset: 'earliest',
      enableAutoCommit: false,
      maxPollRecords: 2000,
    })
    await consumer.subscribe([topic])
    let deleted = 0
    let mostLag = 0
    while (uplink.received < readings) {
      const records = await consumer.poll(1000)
      if (records.length === 0) continue
      const [{ partition }] = records
      mostLag = Math.max(mostLag, consumer.lag({ topic, partition }))
      const last = records.at(-1)
      while (!(await deliver(records))) {
        console.log(`the uplink is down at ${secondsSince()} s; the log waits`)
        await sleep(50)
      }
      await consumer.commit(last)
      const next = last.offset + 1
      if (next - deleted < 50_000) continue
      await engine.deleteRecords({ topic, partition }, next)
      deleted = next
    }
    return { mostLag, deleted }
  }

  const before = memory()
  let mostMemory = before
  const watch = setInterval(() => {
    mostMemory = Math.max(mostMemory, memory())
  }, 10)
  const [{ mostLag, deleted }] = await Promise.all([forward(), measure()])
  clearInterval(watch)

  const { logStartOffset } = await engine.log(topic, 0)
  const grown = Math.round((mostMemory - before) / 1e6)
  assert.equal(uplink.received, readings, 'readings are missing')
  assert.equal(logStartOffset, deleted, 'what was delivered is still there')
  assert.ok(mostLag > 5000, 'the reader was not slow')
  assert.ok(grown < 150, `memory grew by ${grown} MB`)
  console.log(
    `all ${readings} were delivered in order within ${secondsSince()} s, ${uplink.repeated} twice`,
  )
  console.log(`at most ${mostLag} were waiting, in the log: memory grew by ${grown} MB at the most`)
  console.log(`${deleted} of them have been deleted`)
} finally {
  await engine.close()
  await rm(scratch, { recursive: true })
}

/** What JavaScript holds; pages of the log that the kernel keeps in memory do not count. */
function memory() {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
