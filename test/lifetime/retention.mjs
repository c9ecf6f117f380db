// Threads that read a log and keep views of it, while the one that appends deletes what is behind
// them and collects garbage: node retention.mjs DIRECTORY prints what the readers saw, as JSON.
import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { loadNative } from '../../dist/binding.js'
import { PartitionLog } from '../../dist/log/index.js'

const options = { flush: 'os', segmentBytes: 65_536 }
const total = 20_000
const readers = 2

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const turn = () => new Promise((next) => setImmediate(next))
const valueAt = (offset) => `${offset}`.padStart(200, '.')

async function append(directory) {
  const log = await PartitionLog.open(directory, options)
  log.appendSync({ value: valueAt(0) })
  const workers = Array.from({ length: readers }, () => {
    return new Worker(new URL(import.meta.url), { workerData: { directory } })
  })
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const results = workers.map((worker) => once(worker, 'message'))
  for (let offset = 1; offset < total; offset++) {
    log.appendSync({ value: valueAt(offset) })
    if (offset % 100 === 0) await log.deleteBefore(offset - 50)
    if (offset % 500 === 0) gc()
  }
  const seen = (await Promise.all(results)).map(([message]) => message)
  const { segmentCount } = log.info
  await log.close()
  // Of the whole process, so the readers have let go as well.
  await collectUntil(() => loadNative().pinnedBytes() === 0)
  for (const worker of workers) await worker.terminate()
  console.log(JSON.stringify({ seen, segmentCount, pinned: loadNative().pinnedBytes() }))
}

/** Collects garbage until `isDone`, letting finalizers run in between. */
async function collectUntil(isDone) {
  for (let round = 0; round < 200 && !isDone(); round++) {
    gc()
    await turn()
  }
}

/** Records of a view that are not what was appended. */
function wrongIn({ offset, records }) {
  return records.filter((record, i) => String(record.value) !== valueAt(offset + i)).length
}

async function read() {
  const log = await PartitionLog.open(workerData.directory, { ...options, readOnly: true })
  parentPort.postMessage('reading')
  let kept = []
  let wrong = 0
  let deleted = 0
  let offset = 0
  while (offset < total) {
    try {
      const view = await log.read(offset, { maxBytes: 20_000 })
      if (!view.isEmpty) kept.push({ offset, records: [...view] })
      offset = view.nextOffset
    } catch (error) {
      if (error.code !== 'ERR_OFFSET_OUT_OF_RANGE') throw error
      offset = log.logStartOffset
    }
    if (kept.length > 50) {
      gc()
      for (const view of kept.splice(0, 25)) {
        if (view.offset < log.logStartOffset) deleted++
        wrong += wrongIn(view)
      }
    }
    await turn()
  }
  for (const view of kept) wrong += wrongIn(view)
  kept = undefined
  await log.close()
  let rounds = 0
  await collectUntil(() => ++rounds > 20)
  parentPort.postMessage({ wrong, deleted })
}

if (isMainThread) await append(process.argv[2])
else await read()
