// Threads that read a log and keep views of it, while the one that appends deletes what they have
// read and collects garbage: node retention.mjs DIRECTORY prints what the views showed, as JSON.
import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { loadNative } from '../../dist/binding.js'
import { PartitionLog } from '../../dist/log/index.js'

const options = { flush: 'os', segmentBytes: 65_536 }
const total = 5000
const readers = 2

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const turn = () => new Promise((next) => setImmediate(next))
const valueAt = (offset) => `${offset}`.padStart(200, '.')

/** Collects garbage until `isDone`, letting finalizers run in between. */
async function collectUntil(isDone) {
  for (let round = 0; round < 200 && !isDone(); round++) {
    gc()
    await turn()
  }
}

async function append(directory) {
  const log = await PartitionLog.open(directory, options)
  const positions = new Int32Array(new SharedArrayBuffer(4 * readers))
  const workers = Array.from(positions, (_, reader) => {
    return new Worker(new URL(import.meta.url), { workerData: { directory, positions, reader } })
  })
  const results = workers.map((worker) => once(worker, 'message'))
  const haveRead = () => Math.min(...positions.map((_, i) => Atomics.load(positions, i)))
  for (let offset = 0; offset < total; offset++) {
    log.appendSync({ value: valueAt(offset) })
    if (offset % 50 === 0) await log.deleteBefore(haveRead())
    if (offset % 500 === 0) gc()
  }
  while (haveRead() < total) await turn()
  await log.deleteBefore(total)
  for (const worker of workers) worker.postMessage('all is deleted')
  const seen = (await Promise.all(results)).map(([message]) => message)
  const { segmentCount } = log.info
  await log.close()
  // Of the whole process: the readers have let go as well.
  await collectUntil(() => loadNative().pinnedBytes() === 0)
  for (const worker of workers) await worker.terminate()
  console.log(JSON.stringify({ seen, segmentCount, pinned: loadNative().pinnedBytes() }))
}

/** Records of a view that are not what was appended. */
function wrongIn({ offset, records }) {
  return records.filter((record, i) => String(record.value) !== valueAt(offset + i)).length
}

async function read({ directory, positions, reader }) {
  const isDeleted = once(parentPort, 'message')
  const log = await PartitionLog.open(directory, { ...options, readOnly: true })
  let kept = []
  for await (const view of log.tail(0, { maxBytes: 20_000 })) {
    if (kept.length % 10 === 0) gc()
    kept.push({ offset: view.fromOffset, records: [...view] })
    Atomics.store(positions, reader, view.nextOffset)
    if (view.nextOffset === total) break
  }
  await isDeleted
  gc()
  const wrong = kept.reduce((sum, view) => sum + wrongIn(view), 0)
  const records = kept.reduce((sum, view) => sum + view.records.length, 0)
  kept = undefined
  await log.close()
  let rounds = 0
  await collectUntil(() => ++rounds > 20)
  parentPort.postMessage({ wrong, records })
}

if (isMainThread) await append(process.argv[2])
else await read(workerData)
