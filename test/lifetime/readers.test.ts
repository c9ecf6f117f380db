import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { openLog, partitionPath, turn } from '../support/logs.js'

const count = 40_000

it.each(['os', 'sync'] as const)(
  'eight threads read what this one appends, whole and in order (%s)',
  async (flush) => {
    const directory = partitionPath()
    const options = { flush, segmentBytes: 200_000, indexIntervalBytes: 1000 }
    const log = await openLog(directory, options)
    const readers = Array.from({ length: 8 }, (_, i) => {
      const workerData = { directory, options, count, maxBytes: 10 ** (i % 6) }
      return new Worker(join(import.meta.dirname, 'checking-reader.mjs'), { workerData })
    })
    const results = readers.map((reader) => once(reader, 'message'))
    for (let offset = 0; offset < count; ) {
      const size = Math.min(1 + (offset % 50), count - offset)
      const list = Array.from({ length: size }, (_, i) => ({ value: `value ${offset + i}` }))
      log.appendSync(list)
      offset += size
      if (offset % 7 === 0) await turn()
    }
    for (const result of results) expect(await result).toEqual([{ next: count, records: count }])
  },
)
