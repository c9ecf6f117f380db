// A work queue: the members of a group share the jobs. One of them hangs, and the others take over
// what it has not committed. Every job is done at least once: the one that it hangs on is done twice.
//
//   node work-queue.mjs [DIRECTORY]
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { open } from 'duramen'

const jobs = 600
const scratch = await mkdtemp(join(tmpdir(), 'duramen-queue-'))
const engine = await open(process.argv[2] ?? scratch, { flush: 'sync' })
try {
  // A partition is worked on by one member at a time, so there are as many as members at the most.
  const topic = `jobs-${process.pid}`
  await engine.createTopic(topic, { partitions: 6 })
  const producer = engine.producer({ partitioner: 'round-robin' })
  await producer.sendBatch(
    topic,
    Array.from({ length: jobs }, (_, i) => ({ value: JSON.stringify({ job: i }) })),
  )

  const times = new Map() // How often each job was done.
  const allDone = new AbortController()
  const work = async (name, hangsAt = Number.POSITIVE_INFINITY) => {
    const consumer = engine.consumer({
      groupId: `workers-${process.pid}`,
      autoOffsetReset: 'earliest',
      enableAutoCommit: false,
      // Who asks for nothing for so long loses its partitions to the others.
      maxPollIntervalMs: 400,
      heartbeatIntervalMs: 50,
    })
    await consumer.subscribe([topic])
    let count = 0
    try {
      for await (const record of consumer.records({ signal: allDone.signal })) {
        const { job } = JSON.parse(record.value)
        await sleep(1) // The job itself.
        times.set(job, (times.get(job) ?? 0) + 1)
        if (++count === hangsAt) {
          console.log(`${name} hangs: job number ${count} is done, and not committed`)
          return // Its consumer stays open, and asks for nothing any more.
        }
        await commit(consumer, record)
        if (times.size === jobs) allDone.abort()
      }
    } catch (error) {
      if (!allDone.signal.aborted) throw error
    }
    console.log(`${name} did ${count} jobs`)
  }
  const started = performance.now()
  await Promise.all([work('Ada'), work('Grace'), work('Bob', 50)])

  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const repeated = [...times.values()].filter((count) => count > 1).length
  assert.equal(times.size, jobs, 'some jobs were never done')
  assert.ok(repeated > 0, 'the job that nobody committed was not done again')
  console.log(`all ${jobs} jobs were done in ${seconds} s, ${repeated} of them twice`)
} finally {
  await engine.close()
  await rm(scratch, { recursive: true })
}

/** Says that everything up to this record is done; it counts also after a restart. */
async function commit(consumer, record) {
  try {
    await consumer.commit(record)
  } catch (error) {
    // The group is sharing out anew: whoever is given the partition does this job once more.
    const isRebalance = [
      'ERR_REBALANCE_IN_PROGRESS',
      'ERR_ILLEGAL_GENERATION',
      'ERR_UNKNOWN_MEMBER_ID',
    ]
    if (!isRebalance.includes(error.code)) throw error
  }
}
