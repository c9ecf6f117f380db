import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { errorCodes } from '../../../src/protocol/index.js'
import { dataDirectory, openEngine } from '../../support/engines.js'
import { type PartitionLog, records, turn } from '../../support/logs.js'
import { clientOf } from '../../support/wire-client.js'
import { asking, type FetchedPartition, fetch, offsetsIn, partitionsOf } from './fetches.js'

const forever = { maxWaitMs: 2 ** 31 - 1 }

async function empty(partitions = 2) {
  const engine = await openEngine()
  const topic = await engine.createTopic('clicks', { partitions })
  const logs = await Promise.all(
    Array.from({ length: partitions }, (_, number) => engine.log('clicks', number)),
  )
  return { engine, topic, logs, client: await clientOf(engine) }
}

/** Whether it has come by the time that the broker has answered something else. */
async function isPending(answer: Promise<unknown>, other: () => Promise<unknown>) {
  let isThere = false
  answer.then(() => {
    isThere = true
  })
  await other()
  await turn()
  return !isThere
}

describe('a fetch that finds nothing', () => {
  it('is answered when a record comes', async () => {
    const { client, topic, logs } = await empty()
    const answer = client.ask(fetch, asking(topic, [{}, { partition: 1 }], forever))
    await logs[1]?.append(records('a'))
    expect(partitionsOf(await answer).map(offsetsIn)).toEqual([[], [0]])
  })

  it('is answered without one after its time', async () => {
    const { client, topic } = await empty()
    const answer = await client.ask(fetch, asking(topic, [{}], { maxWaitMs: 1 }))
    expect(partitionsOf(answer)[0]).toMatchObject({ errorCode: 0, records: Buffer.alloc(0) })
  })

  it('waits for as many bytes as it asks for, and gives all that came', async () => {
    const { engine, client, topic, logs } = await empty()
    const { sizeInBytes } = await logs[0]!.append(records('a')).then(() => logs[0]!.read(0))
    const minBytes = 3 * sizeInBytes
    const answer = client.ask(fetch, asking(topic, [{}], { ...forever, minBytes }))
    const other = await clientOf(engine)
    const others = () => other.ask(fetch, asking(topic, [{}]))
    expect(await isPending(answer, others)).toBe(true)
    await logs[0]?.append(records('b'))
    expect(await isPending(answer, others)).toBe(true)
    await logs[0]?.append(records('c'))
    expect(offsetsIn(partitionsOf(await answer)[0] as never)).toEqual([0, 1, 2])
  })

  it('waits no longer than until it is full', async () => {
    const { client, topic, logs } = await empty()
    for (const value of ['a', 'b']) await logs[0]?.append(records(value))
    const asked = asking(topic, [{ partitionMaxBytes: 1 }], { ...forever, minBytes: 1 << 20 })
    expect(offsetsIn(partitionsOf(await client.ask(fetch, asked))[0] as never)).toEqual([0])
  })

  it('waits once for a partition that is named 10,000 times, and gives it once', async () => {
    const { engine, client, topic, logs } = await empty()
    const visible = vi.spyOn(logs[0] as PartitionLog, 'visible')
    const request = asking(topic, Array(10_000).fill({}), forever)
    const again = asking(topic, [{ partition: 1 }, {}]).topics
    const answer = client.ask(fetch, { ...request, topics: [...request.topics, ...again] })
    const other = await clientOf(engine)
    expect(await isPending(answer, () => other.ask(fetch, asking(topic, [{}])))).toBe(true)
    expect(visible).toHaveBeenCalledTimes(1)
    await logs[0]?.append(records('a'))
    expect(partitionsOf(await answer)).toMatchObject([
      { partitionIndex: 0, errorCode: 0 },
      { partitionIndex: 1, errorCode: 0 },
    ])
  })

  it('does not wait beside a partition that is refused', async () => {
    const { client, topic } = await empty()
    const asked = asking(topic, [{}, { partition: 9 }], forever)
    const codes = partitionsOf(await client.ask(fetch, asked)).map(({ errorCode }) => errorCode)
    expect(codes).toEqual([0, errorCodes.unknownTopicOrPartition])
  })

  it('is answered when its topic is deleted, or its log cut', async () => {
    const { engine, client, topic, logs } = await empty()
    await logs[1]?.append(records('a', 'b'))
    const cut = client.ask(fetch, asking(topic, [{ partition: 1, fetchOffset: 2 }], forever))
    const other = await clientOf(engine)
    expect(await isPending(cut, () => other.ask(fetch, asking(topic, [{}])))).toBe(true)
    await logs[1]?.truncateTo(0)
    expect(partitionsOf(await cut)[0]?.errorCode).toBe(errorCodes.offsetOutOfRange)
    const deleted = client.ask(fetch, asking(topic, [{}], forever))
    expect(await isPending(deleted, () => other.ask(fetch, asking(topic, [{}])))).toBe(true)
    await engine.deleteTopic('clicks')
    expect(partitionsOf(await deleted)[0]?.errorCode).toBe(errorCodes.unknownTopicOrPartition)
  })

  it('leaves nobody waiting when its client goes away, or when it is answered', async () => {
    const { engine, client, topic, logs } = await empty()
    const waits = vi.spyOn(logs[0] as PartitionLog, 'visible')
    const asked = asking(topic, [{}, { partition: 1 }], forever)
    void client.ask(fetch, asked)
    const other = await clientOf(engine)
    const answer = other.ask(fetch, asked)
    await vi.waitUntil(() => waits.mock.results.length === 2)
    await client.die()
    const [first, second] = waits.mock.results
    await first?.value.reached
    await logs[1]?.append(records('a'))
    await answer
    await second?.value.reached
    expect(logs[0]?.logEndOffset).toBe(0)
  })

  it('does not hold up what the client asks next, but for the answer', async () => {
    const { client, topic, logs } = await empty()
    const waiting = client.ask(fetch, asking(topic, [{}], forever))
    const next = client.ask(fetch, asking(topic, [{ partition: 1 }]))
    await logs[0]?.append(records('a'))
    expect(partitionsOf(await waiting)[0]?.records).not.toHaveLength(0)
    expect(partitionsOf(await next)[0]?.errorCode).toBe(0)
  })

  it('is read when the client has been given what it asked for before', async () => {
    const { engine, client, topic, logs } = await empty()
    const waiting = client.ask(fetch, asking(topic, [{}], forever))
    const next = client.ask(fetch, asking(topic, [{ partition: 1 }]))
    const other = await clientOf(engine)
    expect(await isPending(waiting, () => other.ask(fetch, asking(topic, [{}])))).toBe(true)
    await logs[1]?.append(records('b'))
    await logs[0]?.append(records('a'))
    await waiting
    expect(offsetsIn(partitionsOf(await next)[0] as FetchedPartition)).toEqual([0])
  })

  it('gives what it had read when it waits for more of a topic that is deleted', async () => {
    const { engine, client, topic, logs } = await empty()
    await logs[0]?.append(records('a'))
    const asked = asking(topic, [{}], { ...forever, minBytes: 1 << 20 })
    const answer = client.ask(fetch, asked)
    const other = await clientOf(engine)
    expect(await isPending(answer, () => other.ask(fetch, asking(topic, [{}])))).toBe(true)
    await engine.deleteTopic('clicks')
    const [given] = partitionsOf(await answer)
    expect(given?.errorCode).toBe(0)
    expect(offsetsIn(given as FetchedPartition)).toEqual([0])
  })
})

describe('what a fetch gives', () => {
  it('is whole, although its topic is deleted before the client takes it', async () => {
    const { engine, client, topic, logs } = await empty(1)
    for (let i = 0; i < 30; i++) await logs[0]?.append({ value: Buffer.alloc(900_000, i) })
    const view = await (logs[0] as PartitionLog).read(0, { maxBytes: 1 << 30 })
    const expected = Buffer.from(view.bytes)
    client.socket.pause()
    const asked = asking(topic, [{ partitionMaxBytes: 1 << 30 }])
    const answer = client.ask(fetch, asked)
    await (await clientOf(engine)).ask(fetch, asked)
    await engine.deleteTopic('clicks')
    client.socket.resume()
    const { records } = partitionsOf(await answer)[0] as FetchedPartition
    expect(expected.length).toBeGreaterThan(20_000_000)
    expect(records?.equals(expected)).toBe(true)
  })

  it('leaves out a damaged batch, and its partition alone is refused', async () => {
    const directory = dataDirectory()
    const before = await openEngine(directory)
    const topic = await before.createTopic('clicks', { partitions: 2 })
    for (const partition of [0, 1]) {
      const log = await before.log('clicks', partition)
      for (const value of ['a', 'b', 'c']) await log.append(records(value))
    }
    const size = (await (await before.log('clicks', 0)).read(0)).sizeInBytes / 3
    await before.close()
    const file = openSync(join(directory, 'clicks-0', '00000000000000000000.log'), 'r+')
    writeSync(file, Buffer.from('damage'), 0, 6, 2 * size - 7)
    closeSync(file)
    const client = await clientOf(await openEngine(directory))
    const ask = async (fetchOffset: number) =>
      partitionsOf(await client.ask(fetch, asking(topic, [{ fetchOffset }, { partition: 1 }])))
    expect((await ask(0)).map(offsetsIn)).toEqual([[0], [0, 1, 2]])
    const [damaged, sound] = await ask(1)
    expect(damaged?.errorCode).toBe(errorCodes.corruptMessage)
    expect(offsetsIn(sound as never)).toEqual([0, 1, 2])
    expect((await ask(2)).map(offsetsIn)).toEqual([[2], [0, 1, 2]])
  })
})
