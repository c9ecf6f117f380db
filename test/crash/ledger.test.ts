import { describe, expect, it } from 'vitest'
import { type Found, Ledger } from './ledger.mjs'

const whole = { lost: 0, taken: 0, wrong: [] }

/** A log that starts at 0 and holds what these have sent. */
function found(senders: Found['senders'], start = 0): Found {
  return { start, end: start + senders.length, senders, faults: [] }
}

/** Process 1 has said that it appended three records, and that two of them are durable. */
function threeAcknowledged(): Ledger {
  const ledger = new Ledger()
  ledger.take('s', [0, 2, 0], 1)
  ledger.take('a', [2, 1, 2], 1)
  return ledger
}

const first = [1, 0] as const
const second = [1, 1] as const
const third = [1, 2] as const

describe('what a log must hold', () => {
  it('is what was acknowledged, and may be more', () => {
    expect(threeAcknowledged().compare(found([first, second, third]))).toEqual(whole)
    expect(threeAcknowledged().compare(found([first, second, third, [1, 3]]))).toEqual(whole)
  })

  it.each<[string, Found]>([
    ['nobody sent', found([first, null, third])],
    ['stands twice', found([first, first, third])],
    ['changes its place', found([first, third, [1, 3]])],
    ['is missing at the start', found([second, third], 1)],
  ])('is not a record that %s', (_, log) => {
    expect(threeAcknowledged().compare(log).wrong).not.toEqual([])
  })

  it('is lost where it ends before', () => {
    expect(threeAcknowledged().compare(found([first, second]))).toMatchObject({ lost: 1 })
  })

  it('is only what was durable after a power cut', () => {
    const ledger = threeAcknowledged()
    ledger.losePower()
    expect(ledger.compare(found([first, second]))).toEqual({ ...whole, taken: 1 })
    const other = threeAcknowledged()
    other.losePower()
    expect(other.compare(found([first]))).toMatchObject({ lost: 1 })
  })

  it('is what was found, from then on', () => {
    const ledger = threeAcknowledged()
    ledger.compare(found([first, second, third, [1, 3]]))
    expect(ledger.compare(found([first, second, third]))).toMatchObject({ lost: 1 })
  })
})

describe('a cut', () => {
  it('that was not done may have happened or not', () => {
    for (const kept of [1, 2, 3]) {
      const ledger = threeAcknowledged()
      ledger.take('t', [1], 1)
      const log = found([first, second, third].slice(0, kept))
      expect(ledger.compare(log)).toEqual(whole)
    }
  })

  it('that was done lets no record come back', () => {
    const ledger = threeAcknowledged()
    ledger.take('t', [1], 1)
    ledger.take('T', [1], 1)
    expect(ledger.compare(found([first, second])).wrong).not.toEqual([])
  })
})

it('the start may move only where somebody wanted it', () => {
  const ledger = threeAcknowledged()
  ledger.take('d', [1], 1)
  expect(ledger.compare(found([second, third], 1))).toEqual(whole)
  expect(ledger.compare(found([third], 2)).wrong).not.toEqual([])
})

it('a writer that opens less than was acknowledged is wrong', () => {
  const ledger = threeAcknowledged()
  ledger.take('O', [0, 2], 2)
  expect(ledger.compare(found([first, second])).wrong).toHaveLength(1)
})
