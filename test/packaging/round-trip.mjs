// Appends to a log with the installed package, reads it back, and opens it again. A program of its
// own, so that it runs in any project and on any Node: node round-trip.mjs
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PartitionLog } from 'duramen/log'

const folder = await mkdtemp(join(tmpdir(), 'duramen-'))
const directory = join(folder, 'clicks-0')
const values = ['first', 'second', 'third']

async function readBack(log) {
  const view = await log.read(0)
  const found = Array.from(view, (record) => record.value.toString())
  view.release()
  return found
}

try {
  const log = await PartitionLog.open(directory)
  const { baseOffset } = await log.append(values.map((value) => ({ key: 'k', value })))
  assert.equal(baseOffset, 0)
  assert.deepEqual(await readBack(log), values)
  await log.close()

  const again = await PartitionLog.open(directory)
  assert.deepEqual(await readBack(again), values)
  await again.close()
} finally {
  await rm(folder, { recursive: true })
}
console.log(`Node ${process.version}: appended, read back, opened again`)
