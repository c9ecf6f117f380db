// One way to end a process that has logs open and views alive: node exits.mjs WAY DIRECTORY
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const ways = {
  /** The event loop runs empty: an idle log does not keep it. */
  natural: () => {},
  exit: () => process.exit(0),
  'exit while it works': ({ log }) => {
    const busy = () => {
      log.append({ value: 'busy' }).catch(() => {})
      log.flush().catch(() => {})
      log.read(0).catch(() => {})
    }
    for (let i = 0; i < 20; i++) busy()
    setImmediate(() => process.exit(0))
  },
  'exit while it closes': ({ log }) => {
    log.close()
    process.exit(0)
  },
  'exit while it opens': ({ directory, PartitionLog }) => {
    PartitionLog.open(`${directory}-other`).catch(() => {})
    PartitionLog.open(`${directory}-more`).catch(() => {})
    process.exit(0)
  },
  'exit while it waits': ({ log }) => {
    log.tail(log.logEndOffset).next()
    setImmediate(() => process.exit(0))
  },
}

const [way, directory, inWorker] = isMainThread ? process.argv.slice(2) : workerData

async function run() {
  const { PartitionLog } = await import('../../dist/log/index.js')
  const log = await PartitionLog.open(directory, { segmentBytes: 65_536 })
  const batch = Array.from({ length: 20 }, () => ({ value: 'v'.repeat(1000) }))
  for (let i = 0; i < 10; i++) await log.append(batch)
  const views = [await log.read(0), await log.read(0)]
  globalThis.kept = { views, bytes: views[0].bytes, record: [...views[1]][10] }
  return { log, directory, PartitionLog }
}

if (!isMainThread) {
  const context = await run()
  parentPort.postMessage('ready')
  // process.exit in a worker ends the worker alone, so the main thread is asked for it.
  if (way !== 'natural') {
    process.exit = () => parentPort.postMessage('exit')
    ways[way](context)
  }
} else if (inWorker === undefined) {
  ways[way](await run())
} else {
  const worker = new Worker(new URL(import.meta.url), { workerData: [way, directory] })
  worker.on('message', (message) => {
    if (message === 'exit') process.exit(0)
  })
}
