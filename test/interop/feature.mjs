// For the clients in JavaScript: running a feature and saying what came of it; the records to send.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'

const limitMs = 60_000

export const bootstrap = process.env.BOOTSTRAP ?? 'localhost:9092'

/** Runs one feature. What `check` returns is the note beside its result. */
export async function feature(name, check) {
  const limit = AbortSignal.timeout(limitMs)
  const late = new Promise((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error(`not done after ${limitMs} ms`)))
  })
  try {
    say(name, 'works', await Promise.race([check(), late]))
  } catch (error) {
    say(name, 'fails', String(error?.message ?? error).slice(0, 300))
  }
}

export function notHere(name, note) {
  say(name, 'not in this client', note)
}

function say(feature, result, note) {
  console.log(JSON.stringify({ feature, result, note }))
}

export function unique(name) {
  return `${name}-${randomUUID().slice(0, 8)}`
}

/** The same `count` records in each language: keys, values of any length, nulls, headers. */
export function records(count) {
  return Array.from({ length: count }, (_, i) => ({
    key: i % 5 === 1 ? null : Buffer.from(`k${i % 7}`),
    value: i % 5 === 3 ? null : Buffer.from(`value ${i} `.repeat(i % 40)),
    headers: i % 3 === 0 ? { trace: Buffer.from(`${i}`), empty: Buffer.alloc(0) } : {},
  }))
}

/** `count` records that differ, with a key each, for what is about offsets and partitions. */
export function numbered(count, from = 0) {
  return Array.from({ length: count }, (_, i) => ({ key: `${from + i}`, value: `n${from + i}` }))
}

export function same(found, expected) {
  assert.equal(found.length, expected.length, 'the number of records')
  for (const [i, wanted] of expected.entries()) assert.deepEqual(found[i], wanted, `record ${i}`)
}

/** Refuses what is no refusal, or not the one that is expected. */
export async function refused(call, pattern) {
  const error = await call.then(
    () => assert.fail('accepted'),
    (caught) => caught,
  )
  assert.match(`${error.type ?? ''} ${error.code ?? ''} ${error.message} ${error.errors}`, pattern)
}
