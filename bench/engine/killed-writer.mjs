// Fills a log with records of 1,000 bytes, tells its end, and waits to be killed. Started by reopen.mjs.
import { buildBatches } from '../lib/data.mjs'
import { openLog } from './log.mjs'

const RECORDS = 64
const RECORD_BYTES = 1000

const [directory, bytes] = process.argv.slice(2)
const log = await openLog(/** @type {string} */ (directory), { flush: 'os' })
const { blocks } = buildBatches(RECORDS, RECORD_BYTES, 16)
const valueLengths = new Int32Array(RECORDS).fill(RECORD_BYTES)
for (let written = 0, i = 0; written < Number(bytes); i++) {
  await log.appendColumns({ values: blocks[i % blocks.length], valueLengths })
  written += RECORDS * RECORD_BYTES
}
process.send?.(log.logEndOffset)
setInterval(() => {}, 1000)
