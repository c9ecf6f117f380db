// Appends in a thread until it is terminated, and counts in shared memory what was acknowledged.
import { workerData } from 'node:worker_threads'
import { PartitionLog } from '../../dist/log/index.js'

const { directory, options, acknowledged, inFlight } = workerData
const log = await PartitionLog.open(directory, options)
for (;;) {
  const next = () => log.append({ value: `value ${log.logEndOffset}` })
  const results = await Promise.all(Array.from({ length: inFlight }, next))
  Atomics.store(acknowledged, 0, results.at(-1).baseOffset + 1)
}
