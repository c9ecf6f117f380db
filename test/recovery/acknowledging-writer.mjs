// Appends until it is killed; prints `offset value;` once an append is acknowledged. Values say
// which offset they were meant for, and who wrote them.
import { writeSync } from 'node:fs'
import { PartitionLog } from '../../dist/log/index.js'

const [, , directory, options, mode] = process.argv
const log = await PartitionLog.open(directory, JSON.parse(options))
const { pid } = process

function acknowledge(baseOffset, values) {
  writeSync(1, values.map((value, i) => `${baseOffset + i} ${value};\n`).join(''))
}

function nextValues(count) {
  return Array.from({ length: count }, (_, i) => `${pid}-${i}-${'v'.repeat((i * 37) % 300)}`)
}

async function appendRecords(count) {
  const values = nextValues(count)
  const { baseOffset } = await log.append(values.map((value) => ({ value })))
  acknowledge(baseOffset, values)
}

async function appendColumns(count) {
  const values = nextValues(count)
  const bytes = Buffer.from(values.join(''))
  const valueLengths = Int32Array.from(values, (value) => value.length)
  const { baseOffset } = await log.appendColumns({ values: bytes, valueLengths })
  acknowledge(baseOffset, values)
}

for (let round = 0; ; round++) {
  const append = mode === 'columns' ? appendColumns : appendRecords
  await Promise.all([append(1 + (round % 5)), append(1), append(3)])
  if (mode !== 'cuts' || round % 10 !== 9) continue
  // Said first: what lies behind may be gone, or not, when the kill comes in between. A batch goes
  // as a whole, so a few records below the cut go, too.
  const offset = log.logEndOffset - 5
  acknowledge(Math.max(offset - 5, 0), ['cut'])
  await log.truncateTo(offset)
}
