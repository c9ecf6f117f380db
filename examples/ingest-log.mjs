// High-rate ingestion: the lines of a log file go into a topic, are read back, and compared.
//
//   node ingest-log.mjs [DIRECTORY] [FILE]
//
// Without a directory it works in a temporary one; without a file it makes an access log of its own.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'duramen'

const scratch = await mkdtemp(join(tmpdir(), 'duramen-ingest-'))
const [
  directory = join(scratch, 'data'),
  file = await makeLog(join(scratch, 'access.log'), 400_000),
] = process.argv.slice(2)

// 'os': a killed process loses nothing, a power cut what the kernel had not written yet.
const engine = await open(directory, { flush: 'os' })
try {
  const topic = `access-${process.pid}` // One of its own, so that a directory may be used again.
  await engine.createTopic(topic)

  // In: nobody awaits a single record. `enqueue` says when the producer has enough for now.
  const producer = engine.producer({ compression: 'lz4', lingerMs: 5 })
  const sent = createHash('sha256')
  let lines = 0
  let rest = ''
  let started = performance.now()
  const enqueue = async (value) => {
    sent.update(`${value}\n`)
    lines++
    if (!producer.enqueue(topic, { value })) await producer.drained()
  }
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const complete = (rest + chunk).split('\n')
    rest = complete.pop()
    for (const line of complete) await enqueue(line)
  }
  if (rest !== '') await enqueue(rest)
  await producer.flush() // Rejects where one of them failed.
  report('ingested', lines, started)

  // Out: a consumer without a group reads the partitions that it is assigned.
  const consumer = engine.consumer()
  await consumer.assign([{ topic, partition: 0, offset: 0 }])
  const received = createHash('sha256')
  let records = 0
  started = performance.now()
  if (lines > 0) {
    for await (const { value } of consumer) {
      received.update(value).update('\n')
      if (++records === lines) break // Else it would wait for further ones.
    }
  }
  report('read back', records, started)
  assert.equal(received.digest('hex'), sent.digest('hex'), 'what was read is not what was sent')
  console.log('every line is there, in order and byte for byte')
} finally {
  await engine.close()
  await rm(scratch, { recursive: true })
}

function report(what, count, since) {
  const seconds = (performance.now() - since) / 1000
  const rate = Math.round(count / seconds).toLocaleString('en')
  console.log(
    `${what} ${count} lines in ${seconds.toFixed(2)} s: ${rate} a second, hashing included`,
  )
}

async function makeLog(path, count) {
  const lines = Array.from(
    { length: count },
    (_, i) => `198.51.100.${i % 256} - - "GET /item/${(i * 7919) % 10_007} HTTP/1.1" 200 ${i}\n`,
  )
  await writeFile(path, lines.join(''))
  return path
}
