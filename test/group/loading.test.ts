import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DuramenError } from '../../src/errors.js'
import { encodeMarker, type RecordInput } from '../../src/record/index.js'
import { coordinatorOf, OffsetDirectory } from '../support/groups.js'
import { overwrite } from '../support/killed-log.js'
import { codeOf, memoryDirectory } from '../support/logs.js'

const int16 = (value: number) => [value >> 8, value & 255]
const int32 = (value: number) => [...int16(value >> 16), ...int16(value & 0xffff)]
const int64 = (value: number) => [...int32(0), ...int32(value)]
const text = (value: string) => [...int16(value.length), ...Buffer.from(value)]
const compact = (value: string) => [value.length + 1, ...Buffer.from(value)]

function offsetKey(partition: number, version = 1): Buffer {
  return Buffer.from([...int16(version), ...text('g'), ...text('clicks'), ...int32(partition)])
}

const groupKey = Buffer.from([...int16(2), ...text('g')])

const offsetValues = [
  [...int16(0), ...int64(100), ...text('m'), ...int64(5)],
  [...int16(1), ...int64(101), ...text('m'), ...int64(5), ...int64(9)],
  [...int16(2), ...int64(102), ...text('m'), ...int64(5)],
  [...int16(3), ...int64(103), ...int32(7), ...text('m'), ...int64(5)],
  // One tagged field: the topic id.
  [...int16(4), ...int64(104), ...int32(7), ...compact('m'), ...int64(5), 1, 0, 2, 1, 2],
].map((bytes) => Buffer.from(bytes))

const offsetRecords = offsetValues.map((value, version) => ({ key: offsetKey(version), value }))

/** What a coordinator makes of one log that holds these records, each list a batch. */
async function loaded(write: (logs: OffsetDirectory) => Promise<unknown>) {
  const logs = new OffsetDirectory(memoryDirectory(), 1)
  await write(logs)
  await logs.close()
  const coordinator = coordinatorOf({}, logs)
  const [report] = await coordinator.load()
  const offsets = (await coordinator.fetchOffsets('g')).map(({ offset }) => offset)
  return { coordinator, report: report!, offsets, logs }
}

const appending = (...batches: RecordInput[][]) =>
  loaded(async (logs) => {
    const log = await logs.open(0)
    for (const batch of batches) await log.append(batch)
  })

it('values of all versions are read', async () => {
  const { coordinator, report } = await appending(offsetRecords)
  expect(report).toMatchObject({ partition: 0, records: 5, unknownRecords: 0, skipped: [] })
  expect(await coordinator.fetchOffsets('g')).toEqual(
    [100, 101, 102, 103, 104].map((offset, partition) => ({
      ...{ topic: 'clicks', partition, offset, metadata: 'm' },
      leaderEpoch: partition < 3 ? -1 : 7,
    })),
  )
})

const memberOf = (version: number) => {
  const string = version >= 4 ? compact : text
  const bytes = version >= 4 ? [3, 8, 9] : [...int32(2), 8, 9]
  return [
    ...string('member'),
    ...(version >= 3 ? string('i') : []),
    ...string('client'),
    ...string('/host'),
    ...(version >= 1 ? int32(60_000) : []),
    ...int32(45_000),
    ...bytes,
    ...bytes,
    ...(version >= 4 ? [0] : []),
  ]
}

it.each([0, 1, 2, 3, 4])('a group is read in version %i', async (version) => {
  const string = version >= 4 ? compact : text
  const value = Buffer.from([
    ...int16(version),
    ...string('consumer'),
    ...int32(6),
    ...string('range'),
    ...string('member'),
    ...(version >= 2 ? int64(5) : []),
    ...(version >= 4 ? [2] : int32(1)),
    ...memberOf(version),
    ...(version >= 4 ? [0] : []),
  ])
  const { coordinator } = await appending([{ key: groupKey, value }])
  expect(await coordinator.describe('g')).toEqual({
    groupId: 'g',
    protocolType: 'consumer',
    state: 'Stable',
    generation: 6,
    protocolName: 'range',
    leaderId: 'member',
    members: [
      {
        memberId: 'member',
        groupInstanceId: version >= 3 ? 'i' : null,
        clientId: 'client',
        clientHost: '/host',
        metadata: Buffer.from([8, 9]),
        assignment: Buffer.from([8, 9]),
      },
    ],
  })
})

it('the last value of a key holds, and null takes it away', async () => {
  const tombstone = { key: offsetKey(1), value: null }
  const later = { key: offsetKey(0), value: offsetValues[2]! }
  const old = { key: offsetKey(2, 0), value: offsetValues[0]! }
  const { offsets } = await appending(offsetRecords.slice(0, 3), [tombstone, later], [old])
  expect(offsets).toEqual([102, 100])
})

it('a record that cannot be read is passed over and reported, and the others count', async () => {
  const told: unknown[] = []
  const listen = (message: unknown) => told.push(message)
  subscribe('duramen:group:loaded', listen)
  const wrong = [
    { key: null, value: offsetValues[0]! },
    { key: Buffer.from([0]), value: offsetValues[0]! },
    { key: Buffer.from([255, 255, 1]), value: null },
    { key: offsetKey(1).subarray(0, -1), value: offsetValues[0]! },
    { key: offsetKey(1), value: offsetValues[3]!.subarray(0, -1) },
    { key: offsetKey(1), value: Buffer.from([...int16(9), 1]) },
    { key: offsetKey(1), value: Buffer.alloc(0) },
    { key: groupKey, value: Buffer.from([...int16(3), ...text('consumer'), ...int32(1)]) },
  ]
  const { report, offsets, coordinator } = await appending(
    [offsetRecords[0]!, ...wrong, offsetRecords[2]!],
    [offsetRecords[3]!],
  )
  unsubscribe('duramen:group:loaded', listen)
  expect(offsets).toEqual([100, 102, 103])
  expect(report.records).toBe(11)
  expect(report.skipped.map(({ code, fromOffset }) => [code, fromOffset])).toEqual(
    wrong.map((_, i) => ['ERR_CORRUPT_RECORD', i + 1]),
  )
  expect(report.skipped[0]).toMatchObject({ topic: '__consumer_offsets', partition: 0 })
  expect(told).toEqual([report])
  expect(coordinator.reports).toEqual([report])
})

it('a batch that is damaged is passed over and reported, and the others count', async () => {
  const { report, offsets } = await loaded(async (logs) => {
    const log = await logs.open(0)
    for (const record of offsetRecords) await log.append([record])
    await logs.close()
    const [name] = readdirSync(log.directory).filter((file) => file.endsWith('.log'))
    const path = join(log.directory, name!)
    const at = readFileSync(path).indexOf(offsetValues[2]!)
    overwrite(path, at + 5, Buffer.from([99]))
  })
  expect(offsets).toEqual([100, 101, 103, 104])
  expect(report.skipped).toMatchObject([{ code: 'ERR_CORRUPT_BATCH', fromOffset: 2, toOffset: 2 }])
})

it('records of kinds that are not known are passed over', async () => {
  const consumerGroup = {
    key: Buffer.from([...int16(3), ...text('g')]),
    value: Buffer.from([0, 0]),
  }
  const { report, offsets } = await appending([consumerGroup, offsetRecords[0]!])
  expect(report).toMatchObject({ records: 2, unknownRecords: 1, skipped: [] })
  expect(offsets).toEqual([100])
})

it('offsets of a transaction count once it is committed', async () => {
  const producer = (producerId: number) => ({ producerId, producerEpoch: 0, isTransactional: true })
  const { report, offsets } = await loaded(async (logs) => {
    const log = await logs.open(0)
    for (const id of [1, 2, 3]) {
      await log.append([offsetRecords[id]!], { ...producer(id), baseSequence: 0 })
    }
    for (const [id, type] of [
      [1, 'commit'],
      [2, 'abort'],
    ] as const) {
      const marker = encodeMarker({ type, coordinatorEpoch: 0 })
      await log.append([marker], { ...producer(id), isControl: true })
    }
  })
  expect(report).toMatchObject({ records: 5, skipped: [] })
  expect(offsets).toEqual([101])
})

it('a partition that could not be opened is tried again', async () => {
  const logs = new OffsetDirectory(memoryDirectory(), 1)
  let failures = 1
  const open = (partition: number) => {
    if (failures-- > 0) throw new DuramenError('ERR_TOO_MANY_FILES', 'no descriptor is left')
    return logs.open(partition)
  }
  const coordinator = coordinatorOf({}, { partitions: 1, open })
  expect(await codeOf(() => coordinator.load())).toBe('ERR_TOO_MANY_FILES')
  expect(await coordinator.load()).toHaveLength(1)
})
