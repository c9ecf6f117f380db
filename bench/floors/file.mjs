// Bare node:fs: one writev a batch, values end to end; no framing, no checksum, no index.
import { closeSync, fdatasyncSync, mkdirSync, openSync, readSync, writevSync } from 'node:fs'
import { join } from 'node:path'

const READ_BYTES = 1 << 20

/** @type {import('../lib/store.mjs').OpenStore} */
export function open({ directory, sync, batches }) {
  mkdirSync(directory, { recursive: true })
  const file = openSync(join(directory, 'log'), 'w+')
  const step = batches.recordBytes
  return {
    append(batch) {
      writevSync(file, batches.values[batch % batches.values.length])
      if (sync) fdatasyncSync(file)
    },
    read(visit) {
      const chunk = Buffer.allocUnsafeSlow(READ_BYTES - (READ_BYTES % step))
      for (let position = 0; ; ) {
        const got = readSync(file, chunk, 0, chunk.length, position)
        for (let at = 0; at < got; at += step) visit(chunk.subarray(at, at + step))
        if (got < chunk.length) return
        position += got
      }
    },
    close: () => closeSync(file),
  }
}
