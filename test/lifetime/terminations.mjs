// Workers that are terminated in the middle of their work, one after the other, each on the log
// that the one before it left: node terminations.mjs DIRECTORY CYCLES
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { DuramenError, PartitionLog } from '../../dist/log/index.js'

const options = { segmentBytes: 65_536, flush: 'sync' }

/** Each keeps at it until it is terminated. */
const works = {
  async appends(log) {
    for (;;) await Promise.all([log.append({ value: 'a'.repeat(500) }), log.append({ value: 'b' })])
  },
  async columns(log) {
    const values = Buffer.alloc(10_000, 'c')
    const valueLengths = new Int32Array(100).fill(100)
    for (;;) await log.appendColumns({ values, valueLengths })
  },
  async reads(log) {
    for (;;) {
      for (let offset = 0; offset < log.logEndOffset; ) {
        const view = await log.read(offset)
        offset = view.nextOffset + (view.isEmpty ? 1 : 0)
        for (const record of view) globalThis.last = record
      }
    }
  },
  async tail(log) {
    setInterval(() => log.appendSync({ value: 'd' }), 1)
    for await (const view of log.tail(0)) globalThis.last = [...view].at(-1)
  },
  async flushes(log) {
    for (;;) {
      log.appendSync({ value: 'e' })
      await Promise.all([log.flush(), log.flush(), log.offsetForTimestamp(0)])
    }
  },
  async cuts(log) {
    for (;;) {
      await log.append([{ value: 'f' }, { value: 'g' }])
      await log.truncateTo(log.logEndOffset - 1)
    }
  },
  async openings(_, directory) {
    for (;;) await (await PartitionLog.open(directory, options)).close()
  },
  async spinning(log) {
    for (;;) log.appendSync({ value: 'h' })
  },
}

async function work() {
  const { name, directory } = workerData
  const log = await PartitionLog.open(directory, options)
  parentPort.postMessage('working')
  await works[name](log, directory)
}

async function terminateOne(directory, name, delayMs) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { directory, name } })
  worker.on('error', (error) => {
    throw error
  })
  await once(worker, 'message')
  const started = performance.now()
  while (performance.now() - started < delayMs) await new Promise((next) => setImmediate(next))
  await worker.terminate()
}

async function count(directory) {
  const log = await PartitionLog.open(directory, options)
  if (log.info.findings.some(({ kind }) => kind === 'corruption')) throw new Error('corruption')
  let records = 0
  for (let view = await log.read(log.logStartOffset); !view.isEmpty; ) {
    records += [...view].length
    view = await log.read(view.nextOffset)
  }
  const expected = log.logEndOffset - log.logStartOffset
  if (records !== expected) throw new Error(`${records} records of ${expected}`)
  await log.append({ value: 'between' })
  await log.close()
}

if (isMainThread) {
  const [directory, cycles] = process.argv.slice(2)
  for (const name of Object.keys(works)) {
    for (let cycle = 0; cycle < Number(cycles); cycle++) {
      await terminateOne(`${directory}-${name}`, name, cycle % 12)
      await count(`${directory}-${name}`)
    }
  }
  console.log('done')
} else {
  work().catch((error) => {
    if (!(error instanceof DuramenError)) throw error
    throw new Error(`${workerData.name}: ${error.code} ${error.message}`)
  })
}
