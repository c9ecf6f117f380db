import { describe, expect, it } from 'vitest'
import { apis, errorCodes } from '../../../src/protocol/index.js'
import { openEngine } from '../../support/engines.js'
import { records } from '../../support/logs.js'
import { clientOf } from '../../support/wire-client.js'

const { listOffsets, offsetForLeaderEpoch, deleteRecords } = apis
const none = { errorCode: 0, timestamp: -1, offset: -1, leaderEpoch: -1 }

/** Records at 1000, 3000, 2000, 3000, each in a batch; the first is deleted. */
async function clicks(config = {}) {
  const engine = await openEngine()
  await engine.createTopic('clicks', { config })
  const log = await engine.log('clicks', 0)
  for (const timestamp of [1000, 3000, 2000, 3000]) await log.append([{ value: 'v', timestamp }])
  await log.deleteBefore(1)
  const client = await clientOf(engine)
  const list = async (timestamp: number, version = 8, others = {}) => {
    const partitions = [{ partitionIndex: 0, timestamp, ...others }]
    const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 'clicks', partitions }] }
    return (await client.ask(listOffsets, body, version)).topics[0]?.partitions[0]
  }
  return { engine, log, client, list }
}

describe('ListOffsets', () => {
  for (let version = 1; version <= 8; version++) {
    it(`v${version} finds the ends and records by time`, async () => {
      const { list } = await clicks()
      const leaderEpoch = version < 4 ? -1 : 0
      expect(await list(-1, version)).toMatchObject({ ...none, offset: 4, leaderEpoch })
      expect(await list(-2, version)).toMatchObject({ ...none, offset: 1, leaderEpoch })
      const second = { errorCode: 0, timestamp: 3000, offset: 1, leaderEpoch }
      expect(await list(0, version)).toMatchObject(second)
      expect(await list(3000, version)).toMatchObject(second)
      expect(await list(3001, version)).toMatchObject(none)
      expect(await list(Number.MAX_SAFE_INTEGER, version)).toMatchObject(none)
      const { unsupportedVersion } = errorCodes
      const largest = version < 7 ? { ...none, errorCode: unsupportedVersion } : second
      expect(await list(-3, version)).toMatchObject(largest)
      const local = version < 8 ? { errorCode: unsupportedVersion } : { offset: 1 }
      expect(await list(-4, version)).toMatchObject(local)
      expect(await list(-5, version)).toMatchObject({ errorCode: unsupportedVersion })
    })
  }

  it('finds the largest timestamp among those that are not deleted, in whatever segment', async () => {
    const { list, log } = await clicks({ segmentBytes: 1 << 20 })
    await log.append([{ value: Buffer.alloc(1_048_000), timestamp: 2500 }])
    expect(await list(-3)).toMatchObject({ timestamp: 3000, offset: 1 })
    await log.deleteBefore(4)
    expect(await list(-3)).toMatchObject({ timestamp: 2500, offset: 4 })
    await log.deleteBefore(5)
    expect(await list(-3)).toMatchObject(none)
  })

  it('ends for readers of committed records where a transaction is open', async () => {
    const { client, log } = await clicks()
    const producer = { producerId: 1, producerEpoch: 0, isTransactional: true, baseSequence: 0 }
    await log.append([{ value: 'v', timestamp: 4000 }], producer)
    const list = async (timestamp: number, isolationLevel: number) => {
      const partitions = [{ partitionIndex: 0, timestamp }]
      const body = { replicaId: -1, isolationLevel, topics: [{ name: 'clicks', partitions }] }
      return (await client.ask(listOffsets, body)).topics[0]?.partitions[0]?.offset
    }
    expect([await list(-1, 0), await list(-1, 1)]).toEqual([5, 4])
    expect([await list(4000, 0), await list(4000, 1)]).toEqual([4, -1])
  })

  it('refuses unknown partitions, wrong epochs, and what is asked for twice', async () => {
    const { client, list } = await clicks()
    expect(await list(-1, 8, { partitionIndex: 1 })).toMatchObject({ errorCode: 3 })
    const { fencedLeaderEpoch, unknownLeaderEpoch, invalidRequest } = errorCodes
    expect(await list(-1, 8, { currentLeaderEpoch: 1 })).toMatchObject({
      errorCode: unknownLeaderEpoch,
    })
    expect(await list(-1, 8, { currentLeaderEpoch: -2 })).toMatchObject({
      errorCode: fencedLeaderEpoch,
    })
    const partitions = [0, 0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: -1 }))
    const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 'clicks', partitions }] }
    const { topics } = await client.ask(listOffsets, body)
    expect(topics[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([
      invalidRequest,
      invalidRequest,
      3,
    ])
  })
})

describe('OffsetForLeaderEpoch', () => {
  it.each([2, 3, 4])('v%d tells where epochs end', async (version) => {
    const { client, log } = await clicks()
    const epochs = [2, 5]
    for (const leaderEpoch of epochs) {
      const batch = Buffer.from((await log.read(1, { maxBytes: 1 })).bytes)
      await log.append(batch, { offsets: 'assign', leaderEpoch })
    }
    expect(log.leaderEpoch).toBe(5)
    const { topics } = await client.ask(apis.metadata, { topics: null })
    expect(topics[0]?.partitions[0]?.leaderEpoch).toBe(5)
    await log.append(records('later'))
    const ask = async (leaderEpoch: number, others = {}) => {
      const partitions = [{ partition: 0, leaderEpoch, ...others }]
      const body = { topics: [{ topic: 'clicks', partitions }] }
      return (await client.ask(offsetForLeaderEpoch, body, version)).topics[0]?.partitions[0]
    }
    const ends = {
      0: [0, 4],
      1: [0, 4],
      2: [2, 5],
      4: [2, 5],
      5: [5, 7],
      6: [-1, -1],
      '-1': [-1, -1],
    }
    for (const [epoch, [leaderEpoch, endOffset]] of Object.entries(ends)) {
      expect(await ask(Number(epoch))).toMatchObject({ errorCode: 0, leaderEpoch, endOffset })
    }
    const { fencedLeaderEpoch, unknownLeaderEpoch } = errorCodes
    expect(await ask(0, { currentLeaderEpoch: 0 })).toMatchObject({ errorCode: fencedLeaderEpoch })
    expect(await ask(0, { currentLeaderEpoch: 6 })).toMatchObject({ errorCode: unknownLeaderEpoch })
    expect(await ask(0, { currentLeaderEpoch: 5 })).toMatchObject({ errorCode: 0, endOffset: 4 })
    expect(await ask(0, { partition: 1 })).toMatchObject({ errorCode: 3, endOffset: -1 })
  })
})

describe('DeleteRecords', () => {
  const ask = async (
    { client }: Awaited<ReturnType<typeof clicks>>,
    offset: number,
    { name = 'clicks', partitionIndex = 0, version = 2 } = {},
  ) => {
    const topics = [{ name, partitions: [{ partitionIndex, offset }] }]
    return (await client.ask(deleteRecords, { topics, timeoutMs: 1000 }, version)).topics[0]
      ?.partitions[0]
  }

  it.each([0, 1, 2])('v%d moves the log start offset', async (version) => {
    const at = await clicks()
    const to = (lowWatermark: number) => ({ partitionIndex: 0, lowWatermark, errorCode: 0 })
    expect(await ask(at, 2, { version })).toEqual(to(2))
    expect(await ask(at, 0, { version })).toEqual(to(2))
    expect(await ask(at, -1, { version })).toEqual(to(4))
    expect(at.log.logStartOffset).toBe(4)
  })

  it('refuses what is out of range, unknown, internal or only compacted', async () => {
    const at = await clicks()
    const refused = (errorCode: number) => ({ lowWatermark: -1, errorCode })
    expect(await ask(at, 5)).toMatchObject(refused(errorCodes.offsetOutOfRange))
    expect(await ask(at, -2)).toMatchObject(refused(errorCodes.offsetOutOfRange))
    expect(await ask(at, 0, { partitionIndex: 1 })).toMatchObject(refused(3))
    expect(await ask(at, 0, { name: 'other' })).toMatchObject(refused(3))
    await at.engine.groups()
    const internal = { name: '__consumer_offsets' }
    expect(await ask(at, 0, internal)).toMatchObject(refused(errorCodes.invalidTopicException))
    await at.engine.alterTopic('clicks', { cleanupPolicy: ['compact'] })
    expect(await ask(at, 2)).toMatchObject(refused(errorCodes.policyViolation))
    expect(at.log.logStartOffset).toBe(1)
  })
})
