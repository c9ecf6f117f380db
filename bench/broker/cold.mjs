// What others feel of one client that reads a log from the disk, or in large answers: the delay of
// the broker's event loop, and the answers that another client gets meanwhile.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { open } from 'duramen'
import { Broker } from 'duramen/broker'
import { readyBatches } from '../engine/log.mjs'

/** Of the log's pages that may be in memory, for it to count as cold. */
const MOST_CACHED = 0.02
const IDLE_MS = 3000

/**
 * Params: `bytes` of the log, `piece` of one answer, `cold`, `bytesPerSecond` that the reader takes
 * (all it can get where there is none), `read` bytes (none: only the other client is there).
 * @type {import('../lib/trial.mjs').Case}
 */
export async function run(trial) {
  const { bytes, piece, cold, bytesPerSecond, read } = trial.params
  const { batches, records } = readyBatches(64 << 10)
  const size = batches[0].length
  await fill(trial.directory, batches, bytes)
  if (cold) {
    evict(join(trial.directory, 'clicks-0'))
    await trial.pages(bytes)
  }
  const engine = await open(trial.directory, { flush: 'os' })
  const broker = await Broker.start(engine, { listeners: 'PLAINTEXT://127.0.0.1:0' })
  const { port } = broker.endpoints[0]
  const other = client('ping-client.mjs')
  other.send({ port })
  await once(other, 'message') // warm, and at it
  const reader = client('fetch-client.mjs')
  const fetch = async (/** @type {object} */ order) => {
    reader.send({ way: 'fetch', port, batch: { size, records }, ...order })
    return (await once(reader, 'message'))[0]
  }
  await fetch({ bytes: 1, piece: size })
  const wanted = Math.floor(Math.min(read, bytes) / size) * size
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const received = await trial.span(() =>
    wanted === 0 ? pause(IDLE_MS, 0) : fetch({ bytes: wanted, piece, bytesPerSecond }),
  )
  delay.disable()
  reader.disconnect()
  other.send('end')
  const [pings] = await once(other, 'message')
  await trial.done({ bytes: received, label: 'reader' })
  const at = (/** @type {number} */ percent) => delay.percentile(percent) / 1e6
  const latency = { p50: at(50), p99: at(99), p999: at(99.9), max: delay.max / 1e6 }
  const { seconds } = trial.measurements[0]
  trial.report({ label: 'event loop', seconds, latency })
  trial.report({ label: 'other client', seconds, records: pings.count, latency: pings.latency })
  trial.same('all received', received >= wanted, true)
  await broker.close()
  await engine.close()
}

/** @param {string} file */
function client(file) {
  return fork(new URL(file, import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

/**
 * @param {string} directory
 * @param {Buffer[]} batches
 * @param {number} bytes
 */
async function fill(directory, batches, bytes) {
  const engine = await open(directory, { flush: 'os' })
  await engine.createTopic('clicks')
  const log = await engine.log('clicks', 0)
  for (let i = 0; i * batches[0].length < bytes; i++) log.appendSync(batches[i % batches.length])
  await log.flush()
  await engine.close()
}

/**
 * Out of the page cache with the files of a closed log.
 * @param {string} directory
 */
function evict(directory) {
  const paths = readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(directory, name))
  for (const path of paths) {
    const how = ['oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']
    execFileSync('dd', [`of=${path}`, ...how])
  }
  const told = execFileSync('fincore', ['-b', '-n', '-r', '-o', 'RES,SIZE', ...paths], {
    encoding: 'utf8',
  })
  const [cached, all] = told
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0])
  if (cached <= MOST_CACHED * all) return
  throw new Error(`${cached} of ${all} bytes are still in memory; is this a file system of it?`)
}
