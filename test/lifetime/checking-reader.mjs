// Reads a log in a thread while another appends, until it has seen the last record; checks that
// batches follow one another, and every CRC.
import { parentPort, workerData } from 'node:worker_threads'
import { PartitionLog } from '../../dist/log/index.js'
import { batches } from '../../dist/record/index.js'

const { directory, options, count, maxBytes } = workerData
const log = await PartitionLog.open(directory, { ...options, readOnly: true })
let next = 0
let records = 0
for await (const view of log.tail(0, { maxBytes })) {
  for (const batch of batches(view.bytes)) {
    if (batch.baseOffset !== next) throw new Error(`${batch.baseOffset} follows ${next}`)
    if (!batch.isValid()) throw new Error(`the CRC of ${batch.baseOffset} is wrong`)
    next = batch.lastOffset + 1
  }
  const cursor = view.cursor()
  while (cursor.next()) {
    if (String(cursor.value) !== `value ${cursor.offset}`) throw new Error(`at ${cursor.offset}`)
    records++
  }
  if (next === count) break
}
await log.close()
parentPort.postMessage({ next, records })
