// mmap-io: values copied one by one into a mapped file; no framing, no checksum, no index.
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import mmap from 'mmap-io'

const PAGE = mmap.PAGESIZE

/** @type {import('../lib/store.mjs').OpenStore} */
export function open({ directory, sync, batches, count }) {
  mkdirSync(directory, { recursive: true })
  const length = count * batches.perBatch * batches.recordBytes
  const file = openSync(join(directory, 'log'), 'w+')
  ftruncateSync(file, length)
  const map = mmap.map(length, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, file)
  let position = 0
  return {
    append(batch) {
      const begun = position
      for (const value of batches.values[batch % batches.values.length]) {
        position += value.copy(map, position)
      }
      if (!sync) return
      const page = begun - (begun % PAGE)
      mmap.sync(map, page, position - page, true)
    },
    read(visit) {
      for (let at = 0; at < position; at += batches.recordBytes) {
        visit(map.subarray(at, at + batches.recordBytes))
      }
    },
    close: () => closeSync(file),
  }
}
