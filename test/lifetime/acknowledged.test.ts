import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { openLog, partitionPath, readAll, turn } from '../support/logs.js'

const program = join(import.meta.dirname, 'acknowledging-worker.mjs')

/** Resolves when the worker has acknowledged more than `seen` records. */
async function moreThan(acknowledged: Int32Array, seen: number): Promise<void> {
  while (Atomics.load(acknowledged, 0) <= seen) await turn()
}

it.each(['sync', 'os'] as const)(
  'a worker that is terminated amid its appends loses none that it knew to be done (%s)',
  async (flush) => {
    const directory = partitionPath()
    const options = { flush, segmentBytes: 65_536 }
    let known = 0
    for (let round = 0; round < 6; round++) {
      const acknowledged = new Int32Array(new SharedArrayBuffer(4))
      const inFlight = 1 + (round % 4)
      const workerData = { directory, options, acknowledged, inFlight }
      const worker = new Worker(program, { workerData })
      await moreThan(acknowledged, known + round * 3)
      await worker.terminate()
      known = Atomics.load(acknowledged, 0)
      const log = await openLog(directory, options)
      const found = await readAll(log)
      expect(found.length).toBeGreaterThanOrEqual(known)
      expect(found.map(({ value }) => String(value))).toEqual(
        found.map((_, offset) => `value ${offset}`),
      )
      expect(log.info.findings.filter(({ kind }) => kind === 'corruption')).toEqual([])
      known = found.length
      expect(await log.append({ value: `value ${known}` })).toEqual({ baseOffset: known })
      known++
      await log.close()
    }
  },
)
