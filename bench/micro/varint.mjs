// Varints as records have them: one and two bytes mostly.
import { VarintReader, varintSize, writeVarint } from '../../dist/record/varint.js'
import { measure } from './measure.mjs'

const COUNT = 4096

/** @type {import('../lib/trial.mjs').Case} */
export async function run(trial) {
  const small = Int32Array.from({ length: COUNT }, (_, i) => i % 60)
  const mixed = Int32Array.from({ length: COUNT }, (_, i) => (i % 7 === 0 ? i * 40_503 : i % 900))
  const pieces = [
    ['one byte', small],
    ['one to four bytes', mixed],
  ].flatMap(([name, values]) => both(String(name), /** @type {Int32Array} */ (values)))
  await measure(trial, pieces)
}

/**
 * @param {string} name
 * @param {Int32Array} values
 * @returns {import('./measure.mjs').Piece[]}
 */
function both(name, values) {
  const bytes = Buffer.alloc(values.length * 5)
  const encode = () => {
    let at = 0
    for (const value of values) at = writeVarint(bytes, at, value)
    return at
  }
  const end = encode()
  const decode = () => {
    const reader = new VarintReader(bytes, 0, end)
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += reader.varint()
    return sum
  }
  const sizes = () => values.reduce((sum, value) => sum + varintSize(value), 0)
  if (decode() !== values.reduce((sum, value) => sum + value, 0)) throw new Error('wrong sum')
  if (sizes() !== end) throw new Error('wrong sizes')
  return [
    { label: `encode, ${name}`, records: values.length, bytes: end, run: encode },
    { label: `decode, ${name}`, records: values.length, bytes: end, run: decode },
    { label: `size, ${name}`, records: values.length, bytes: end, run: sizes },
  ]
}
