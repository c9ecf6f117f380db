// A batch of 1,000 records of 100 bytes, built and walked in JavaScript.
import { BatchBuilder, RecordCursor } from 'duramen/record'
import { buildBatches } from '../lib/data.mjs'
import { measure } from './measure.mjs'

const RECORDS = 1000

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const inputs = buildBatches(RECORDS, 100, 1).values[0].map((value) => ({ value }))
  const builder = new BatchBuilder()
  const build = (/** @type {boolean} */ crc) => {
    builder.reset()
    for (const input of inputs) builder.append(input, 1)
    return crc ? builder.build().length : builder.finish()
  }
  build(true)
  const bytes = Buffer.from(builder.build())
  const cursor = new RecordCursor()
  const walk = (/** @type {(cursor: RecordCursor) => number} */ touch) => {
    let touched = 0
    for (cursor.reset(bytes); cursor.next(); ) touched += touch(cursor)
    trial.same('bytes of values', touched, RECORDS * 100)
    return touched
  }
  const whole = { records: RECORDS, bytes: RECORDS * 100 }
  await measure(trial, [
    { label: 'encode, CRC left to the log', ...whole, run: () => build(false) },
    { label: 'encode with CRC', ...whole, run: () => build(true) },
    { label: 'cursor, lengths', ...whole, run: () => walk((at) => at.valueLength) },
    { label: 'cursor, values', ...whole, run: () => walk((at) => at.value?.length ?? 0) },
    {
      label: 'cursor, records',
      ...whole,
      run: () => walk((at) => at.toRecord().value?.length ?? 0),
    },
  ])
}
