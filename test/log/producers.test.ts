import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { producerSnapshot } from '../../src/log/files/producer-snapshot.js'
import { encodeMarker, type Record } from '../../src/record/index.js'
import { expectedPartitions, expectedRecords, unpackGolden } from '../support/golden.js'
import {
  batchOf,
  faultOf,
  memoryDirectory,
  openLog,
  type PartitionLog,
  plain,
  records,
  valuesOf,
} from '../support/logs.js'

const producer = { producerId: 1, producerEpoch: 0 }
const inTransaction = { ...producer, isTransactional: true }

function end(log: PartitionLog, type: 'abort' | 'commit') {
  const marker = encodeMarker({ type, coordinatorEpoch: 0 })
  return log.append([marker], { ...inTransaction, isControl: true })
}

async function committed(log: PartitionLog, maxBytes?: number): Promise<Record[]> {
  const found: Record[] = []
  for (let offset = log.logStartOffset; ; ) {
    const view = await log.read(offset, { isolation: 'read_committed', maxBytes })
    if (view.isEmpty) return found
    found.push(...view)
    offset = view.nextOffset
  }
}

describe.each(['sync', 'os'] as const)('a batch that is sent again under %s', (flush) => {
  it('is answered with its first offset, and nothing is appended', async () => {
    const log = await openLog(undefined, { flush })
    const batch = (baseSequence: number) => batchOf(['a', 'b'], { ...producer, baseSequence })
    const sent = [0, 2, 4].map((sequence) => log.append(batch(sequence)))
    // While the first ones are under way.
    const again = log.append(batch(2))
    const other = log.append(records('c'))
    expect(await Promise.all(sent)).toEqual([0, 2, 4].map((baseOffset) => ({ baseOffset })))
    expect(await again).toEqual({ baseOffset: 2, duplicate: true })
    expect(await other).toEqual({ baseOffset: 6 })
    expect(await log.append(batch(4))).toEqual({ baseOffset: 4, duplicate: true })
    expect(log.logEndOffset).toBe(7)
  })
})

describe('what a producer may not send', () => {
  const cases = [
    ['a gap', { ...producer, baseSequence: 3 }, 'ERR_OUT_OF_ORDER_SEQUENCE', 45],
    ['an older epoch', { ...producer, baseSequence: 0 }, 'ERR_INVALID_PRODUCER_EPOCH', 47],
    ['no sequence', { producerId: 1, producerEpoch: 1 }, 'ERR_INVALID_BATCH', 87],
  ] as const
  it.each(cases)('%s is refused with its code', async (name, options, code, kafkaCode) => {
    const log = await openLog()
    const producerEpoch = name === 'a gap' ? 0 : 1
    await log.append(records('a'), { ...producer, producerEpoch, baseSequence: 0 })
    expect(await faultOf(() => log.append(records('b'), options))).toMatchObject({
      code,
      kafkaCode,
      retriable: false,
    })
    expect(log.logEndOffset).toBe(1)
  })

  it('what is outside its open transaction is refused, and a marker of an older coordinator', async () => {
    const log = await openLog()
    await log.append(records('a'), { ...inTransaction, baseSequence: 0 })
    const outside = { ...producer, baseSequence: 1 }
    expect(await faultOf(() => log.append(records('b'), outside))).toMatchObject({
      code: 'ERR_INVALID_TXN_STATE',
      kafkaCode: 48,
    })
    const marker = (coordinatorEpoch: number) =>
      log.append([encodeMarker({ type: 'commit', coordinatorEpoch })], {
        ...inTransaction,
        isControl: true,
      })
    await marker(3)
    expect(await faultOf(() => marker(2))).toMatchObject({
      code: 'ERR_TRANSACTION_COORDINATOR_FENCED',
      kafkaCode: 52,
    })
  })
})

describe('read_committed', () => {
  it('ends where the first open transaction begins, and leaves aborted ones out', async () => {
    const log = await openLog(undefined, { flush: 'os' })
    await log.append(records('before'))
    await log.append(records('aborted'), { ...inTransaction, baseSequence: 0 })
    await log.append(records('beside'))
    expect(valuesOf(await log.read(0, { isolation: 'read_committed' }))).toEqual(['before'])
    expect(log.lastStableOffset).toBe(1)
    await end(log, 'abort')
    expect(log.lastStableOffset).toBe(4)
    await log.append(records('committed'), { ...inTransaction, baseSequence: 1 })
    await end(log, 'commit')
    const view = await log.read(0, { isolation: 'read_committed' })
    expect(valuesOf(view)).toEqual(['before', 'beside', 'committed'])
    expect(view.abortedTransactions).toEqual([{ producerId: 1, firstOffset: 1, lastOffset: 3 }])
    expect(valuesOf(await log.read(0))).toEqual(['before', 'aborted', 'beside', 'committed'])
  })

  it('reads across segments, however little at a time, also after opening anew', async () => {
    const path = join(memoryDirectory(), 'clicks-0')
    let log = await openLog(path, { flush: 'os', segmentBytes: 4096 })
    const kept: string[] = []
    for (let i = 0; i < 120; i++) {
      const isKept = i % 3 !== 0
      const values = [`${i} ${'v'.repeat(60)}`]
      await log.append(records(...values), { ...inTransaction, baseSequence: 2 * i })
      await log.append(records(`${i} more`), { ...inTransaction, baseSequence: 2 * i + 1 })
      if (isKept) kept.push(...values, `${i} more`)
      await end(log, isKept ? 'commit' : 'abort')
    }
    expect(log.info.segmentCount).toBeGreaterThan(5)
    const valuesIn = async (maxBytes?: number) =>
      (await committed(log, maxBytes)).map(({ value }) => String(value))
    expect(await valuesIn()).toEqual(kept)
    expect(await valuesIn(0)).toEqual(kept)
    await log.close()
    log = await openLog(path, { readOnly: true })
    expect(await valuesIn()).toEqual(kept)
  })

  it('a tail of it waits for the commit', async () => {
    const log = await openLog(undefined, { flush: 'os' })
    const tail = log.tail(0, { isolation: 'read_committed' })
    await log.append(records('a'), { ...inTransaction, baseSequence: 0 })
    const next = tail.next()
    expect((await log.tail(0).next()).value.nextOffset).toBe(1)
    await log.append(records('b'))
    await end(log, 'commit')
    const { value } = await next
    expect(valuesOf(value)).toEqual(['a', 'b'])
    await tail.return?.()
  })

  it('goes no further than what readers may see, and is one of two levels', async () => {
    const log = await openLog()
    for (const options of [
      { isolation: 'committed' },
      { isolation: 'read_committed', upTo: 'logEnd' },
    ]) {
      expect(await faultOf(() => log.read(0, options as object))).toMatchObject({
        code: 'ERR_INVALID_OPTION',
      })
    }
  })
})

describe.each(['clean', 'unclean'] as const)('a directory that Kafka left %s', (state) => {
  it.each([true, false])(
    'has the committed records that Kafka read, read-only %s',
    async (readOnly) => {
      const root = memoryDirectory()
      unpackGolden(state, root)
      for (const partition of expectedPartitions('read_committed')) {
        const log = await openLog(join(root, partition), { readOnly })
        const expected = expectedRecords('read_committed', partition)
        expect((await committed(log)).map(plain), partition).toEqual(expected.records)
        expect((await committed(log, 0)).map(plain), partition).toEqual(expected.records)
        await log.close()
      }
    },
  )
})

it.each<[string, (bytes: Buffer) => Buffer]>([
  ['cut short', (bytes) => bytes.subarray(0, -1)],
  ['garbage', (bytes) => Buffer.alloc(bytes.length, 0xaa)],
])('a transaction index that is %s hides no aborted record, but fails', async (_, damage) => {
  const log = await openLog(undefined, { segmentBytes: 4096, flush: 'os' })
  await log.append(records('aborted'), { ...inTransaction, baseSequence: 0 })
  await end(log, 'abort')
  for (let i = 0; i < 9; i++) await log.append({ value: 'v'.repeat(1500) })
  await log.flush()
  await log.close()
  const path = join(log.directory, '00000000000000000000.txnindex')
  writeFileSync(path, damage(readFileSync(path)))
  const again = await openLog(log.directory, { segmentBytes: 4096, flush: 'os' })
  expect(await faultOf(() => again.read(0, { isolation: 'read_committed' }))).toMatchObject({
    code: 'ERR_CORRUPT_LOG',
    path,
  })
  expect([...(await again.read(0))]).not.toHaveLength(0)
})

it('what the batches say of producers is what Kafka wrote into its snapshots', async () => {
  const root = memoryDirectory()
  unpackGolden('clean', root)
  let producers = 0
  for (const partition of expectedPartitions('read_committed')) {
    const directory = join(root, partition)
    const snapshots = readdirSync(directory).filter((name) => name.endsWith('.snapshot'))
    const newest = join(directory, snapshots.sort().at(-1) ?? '')
    // Compaction takes batches away that a snapshot has.
    if (snapshots.length === 0 || partition === 'compacted-0') continue
    const written = entriesOf(newest)
    for (const name of snapshots) rmSync(join(directory, name))
    const forever = { producerIdExpirationMs: Number.MAX_SAFE_INTEGER }
    await (await openLog(directory, forever)).close()
    expect(entriesOf(newest), partition).toEqual(written)
    producers += written.length
  }
  expect(producers).toBeGreaterThan(2)
})

function entriesOf(path: string): unknown[] {
  const [, ...producers] = producerSnapshot.entries(readFileSync(path), path)
  return producers.map(({ position, ...entry }) => JSON.stringify(entry)).sort()
}
