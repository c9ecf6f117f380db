import { expect, it } from 'vitest'
import { expectedRecords, type Isolation, unpackGolden } from '../support/golden.js'
import { temporaryDirectory } from '../support/logs.js'
import { succeed } from './command.js'

const levels: readonly Isolation[] = ['read_committed', 'read_uncommitted']

it.each(levels)('consume writes what Kafka gave with %s', async (level) => {
  const dir = temporaryDirectory()
  unpackGolden('unclean', dir)
  const { records } = expectedRecords(level, 'transactions-0')
  const expected = records.map(({ value }) => `${Buffer.from(value ?? '', 'base64')}\n`).join('')
  const args = ['consume', 'transactions', '--dir', dir, '--isolation-level', level]
  expect(await succeed(args)).toBe(expected)
  expect(await succeed([...args, '--group', 'g'])).toBe(expected)
})
