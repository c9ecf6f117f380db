// CRC-32C in JavaScript: batches that are built or checked without a log.
import { crc32c } from '../../dist/record/crc32c.js'
import { randomBytes } from '../lib/data.mjs'
import { measure } from './measure.mjs'

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  trial.same('the check value', crc32c(Buffer.from('123456789')), 0xe3069283)
  const bytes = randomBytes(1 << 20)
  const pieces = [100, 4096, 1 << 20].map((size) => ({
    label: `${size} bytes`,
    records: 1,
    bytes: size,
    run: () => crc32c(bytes, 0, size),
  }))
  await measure(trial, pieces)
}
