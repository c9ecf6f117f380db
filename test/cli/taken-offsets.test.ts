import { expect, it } from 'vitest'
import { TakenOffsets } from '../../src/cli/taken-offsets.js'
import type { Record } from '../../src/record/index.js'

const record = (partition: number, offset: number) =>
  ({ topic: 'clicks', partition, offset }) as Record

it('the offsets of a partition move with the bytes that were taken, record by record', () => {
  const offsets = new TakenOffsets()
  const taken = (bytes: number) => {
    offsets.took(bytes)
    return offsets.drain().map(({ partition, offset }) => [partition, offset])
  }
  offsets.wrote(record(0, 5), 10)
  offsets.wrote(record(1, 0), 20)
  offsets.wrote(record(0, 9), 30)
  expect(taken(9)).toEqual([])
  expect(taken(10)).toEqual([[0, 6]])
  expect(taken(29)).toEqual([[1, 1]])
  offsets.wrote(record(0, 10), 40)
  expect(taken(99)).toEqual([[0, 11]])
  expect(taken(99)).toEqual([])
})
