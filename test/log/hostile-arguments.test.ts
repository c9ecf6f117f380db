import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { misbehaviour } from '../support/hostile-values.js'
import {
  batchOf,
  memoryDirectory,
  openLog,
  PartitionLog,
  readAll,
  records,
} from '../support/logs.js'

// Whatever it is typed as: these are calls from JavaScript.
type Anything = never

const columns = {
  values: Buffer.from('abc'),
  valueLengths: Int32Array.of(1, 1, 1),
  keys: Buffer.from('abc'),
  keyLengths: Int32Array.of(1, 1, 1),
  timestamps: Float64Array.of(1, 2, 3),
  count: 3,
  valueGap: 0,
}
const batch = batchOf(['ready'])
const record = { value: 'x' }
const own = ['key', 'value', 'headers', 'timestamp']
const ready = ['offsets', 'leaderEpoch']
const built = ['compression', 'compressionLevel', 'timestampType', 'producerId', 'producerEpoch']
const more = ['baseSequence', 'isTransactional', 'isControl', 'baseOffset', 'deleteHorizonMs']
const reading = ['maxBytes', 'upTo', 'signal']

type Use = (log: PartitionLog, value: Anything) => unknown

/** The next view; the iterator ends before it would wait. */
function tailed(log: PartitionLog, offset: number, options: object) {
  const tail = log.tail(offset, options)
  const next = tail.next()
  return Promise.all([next, tail.return?.()])
}

const uses: [string, Use][] = [
  ['append', (log, value) => log.append(value)],
  ['append of a list', (log, value) => log.append([value])],
  ['append of a list of records', (log, value) => log.append([record, value])],
  ['append of chunks', (log, value) => log.append([batch, value])],
  ['appendSync', (log, value) => log.appendSync(value)],
  ...own.map((name): [string, Use] => [
    `${name} of a record`,
    (log, value) => log.append({ [name]: value }),
  ]),
  ['name of a header', (log, value) => log.append({ headers: [[value, 'x']] })],
  ['value of a header', (log, value) => log.append({ headers: { x: value } })],
  ['header', (log, value) => log.append({ headers: [value] })],
  ['append options', (log, value) => log.append(record, value)],
  ['append options of a batch', (log, value) => log.append(batch, value)],
  ...ready.map((name): [string, Use] => [name, (log, v) => log.append(batch, { [name]: v })]),
  ...[...built, ...more].map((name): [string, Use] => [
    name,
    (log, value) => log.append(record, { [name]: value }),
  ]),
  ['columns', (log, value) => log.appendColumns(value)],
  ...Object.keys(columns).map((name): [string, Use] => [
    `columns ${name}`,
    (log, value) => log.appendColumns({ ...columns, [name]: value }),
  ]),
  ['read', (log, value) => log.read(value)],
  ['readSync', (log, value) => log.readSync(value)],
  ['read options', (log, value) => log.read(log.logStartOffset, value)],
  ...reading.map((name): [string, Use] => [
    `${name} of read`,
    (log, value) => log.read(log.logStartOffset, { [name]: value }),
  ]),
  ['tail', (log, value) => tailed(log, value, {})],
  ['tail options', (log, value) => tailed(log, log.logStartOffset, value)],
  ['truncateTo', (log, value) => log.truncateTo(value)],
  ['deleteBefore', (log, value) => log.deleteBefore(value)],
  ['offsetForTimestamp', (log, value) => log.offsetForTimestamp(value)],
  ['cursor', (log, value) => log.readSync(log.logStartOffset).cursor(value)],
  ['writeTo', (log, value) => log.readSync(log.logStartOffset).writeTo(value as Writable)],
]

describe('arguments that are wrong in any way', () => {
  it.each(uses)('are taken or refused by type: %s', async (_, use) => {
    const log = await openLog(join(memoryDirectory(), 'clicks-0'), { flush: 'os' })
    for (let i = 0; i < 5; i++) await log.append(records('a', 'b'))
    expect(await misbehaviour((value) => use(log, value as Anything))).toEqual([])
    await log.append(records('usable'))
    expect((await readAll(log)).length).toBeGreaterThan(0)
    expect((await log.verify()).findings).toEqual([])
  })

  it('are taken or refused by type: open', async () => {
    const directory = memoryDirectory()
    const { options } = await openLog(join(directory, 'clicks-0'))
    const open = async (path: unknown, given: unknown) =>
      (await PartitionLog.open(path as Anything, given as Anything)).close()
    const taken = /^ERR_(INVALID_|NOT_FOUND|FOREIGN_DIRECTORY|NOT_A_DIRECTORY)/
    expect(await misbehaviour((path) => open(path, { create: false }), taken)).toEqual([])
    let count = 0
    const fresh = () => join(directory, `other-${++count}`)
    expect(await misbehaviour((given) => open(fresh(), given), taken)).toEqual([])
    for (const name of Object.keys(options)) {
      const opened = await misbehaviour((value) => open(fresh(), { [name]: value }), taken)
      expect(opened, name).toEqual([])
    }
  })

  it('are refused where only an object makes sense', async () => {
    const log = await openLog()
    for (const value of [null, 1, 'text', true, () => {}] as Anything[]) {
      const code = { code: 'ERR_INVALID_OPTION', message: expect.stringContaining('object') }
      await expect(log.append(record, value)).rejects.toMatchObject(code)
      await expect(log.append(batch, value)).rejects.toMatchObject(code)
      await expect(log.read(0, value)).rejects.toMatchObject(code)
      await expect(PartitionLog.open(log.directory, value)).rejects.toMatchObject(code)
    }
  })
})
