import { describe, expect, it } from 'vitest'
import { apis, errorCodes } from '../../../src/protocol/index.js'
import type { BatchOptions } from '../../../src/record/index.js'
import { whyNoMounts } from '../../support/agent.js'
import { Disk, small } from '../../support/served-disk.js'
import { batchOfRecords, produce, produceRequest } from '../../support/wire-produce.js'
import { createTopic, valuesAt } from './topics.js'

const refusal = whyNoMounts()
if (refusal !== undefined) console.log(`full disks are not tested over the wire: ${refusal}`)

const { kafkaStorageError, none, notCoordinator } = errorCodes
const value = (i: number, size = 50_000) => `${i} `.padEnd(size, 'v')
const batch = (i: number, options: Partial<BatchOptions> = {}, size?: number) =>
  batchOfRecords([{ value: value(i, size) }], options)

/** A broker whose disk is full but for what partitions 0 and 1 of `clicks` have prepared. */
async function fullDisk(flush: string) {
  const disk = await Disk.mount(small)
  const broker = await disk.serve('--flush', flush)
  const client = await broker.connect()
  await createTopic(client, 'clicks', 2)
  expect(await produce(client, 'clicks', batch(0))).toMatchObject({ errorCode: none })
  const other = produceRequest('clicks', { 1: batch(0, {}, 100) })
  await client.ask(apis.produce, other)
  disk.fill()
  return { disk, broker, client }
}

const onFullDisks = describe.skipIf(refusal !== undefined).each(['sync', 'os'])

onFullDisks('a full disk, flushed by %s,', (flush) => {
  it.each([-1, 1])('refuses what it has no room for (acks %d), and loses nothing', async (acks) => {
    const { disk, broker, client } = await fullDisk(flush)
    let stored = 1
    let answer = await produce(client, 'clicks', batch(stored), { acks })
    for (; answer.errorCode === none; stored++) {
      answer = await produce(client, 'clicks', batch(stored + 1), { acks })
    }
    for (let i = 0; i < 30; i++) answer = await produce(client, 'clicks', batch(9), { acks })
    expect(answer).toMatchObject({ errorCode: kafkaStorageError, baseOffset: -1 })
    expect(answer.errorMessage).toMatch(/No space left on device; free space/)
    const lines = broker.told()
    expect(lines).toEqual([expect.stringMatching(/storage fault \(clicks-0\).*; free space/)])
    const values = Array.from({ length: stored }, (_, i) => value(i))
    expect(await valuesAt(client, 'clicks', 0)).toEqual(values)
    const other = produceRequest('clicks', { 1: batch(1, {}, 100) }, acks)
    const { responses } = await client.ask(apis.produce, other)
    expect(responses[0]?.partitionResponses).toMatchObject([{ errorCode: none }])
    disk.makeRoom()
    answer = await produce(client, 'clicks', batch(stored), { acks })
    expect(answer).toMatchObject({ errorCode: none, baseOffset: stored })
    await broker.kill()
    const again = await (await disk.serve()).connect()
    expect(await valuesAt(again, 'clicks', 0)).toEqual([...values, value(stored)])
  })

  it('takes what an idempotent producer sends again, once', async () => {
    const { disk, client } = await fullDisk(flush)
    const numbered = (baseSequence: number) =>
      batch(baseSequence, { producerId: 7, producerEpoch: 0, baseSequence })
    let sequence = 0
    const send = async () => produce(client, 'clicks', numbered(sequence), { acks: -1 })
    let answer = await send()
    for (; answer.errorCode === none; answer = await send()) sequence++
    expect(answer.errorCode).toBe(kafkaStorageError)
    expect((await send()).errorCode).toBe(kafkaStorageError)
    disk.makeRoom()
    const stored = { errorCode: none, baseOffset: sequence + 1 }
    expect(await send()).toMatchObject(stored)
    expect(await send()).toMatchObject(stored)
    sequence++
    expect(await send()).toMatchObject({ errorCode: none, baseOffset: sequence + 1 })
    const values = Array.from({ length: sequence + 1 }, (_, i) => value(i))
    expect(await valuesAt(client, 'clicks', 0)).toEqual([value(0), ...values])
  })
})

onFullDisks('a full disk, flushed by %s, asked otherwise,', (flush) => {
  it('ends the connection of a producer that awaits no answer', async () => {
    const { disk, broker, client } = await fullDisk(flush)
    for (let i = 1; i < 200; i++)
      client.tell(apis.produce, produceRequest('clicks', { 0: batch(i) }, 0))
    await client.closed
    disk.makeRoom()
    const other = await broker.connect()
    const found = await valuesAt(other, 'clicks', 0)
    expect(found).toEqual(found.map((_, i) => value(i)))
    expect(broker.told()).toHaveLength(1)
  })

  it('is to members of groups a coordinator that moves, until there is room', async () => {
    const { disk, broker, client } = await fullDisk(flush)
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
    const commit = async () => {
      const topics = [{ name: 'clicks', partitions }]
      const answer = await client.ask(apis.offsetCommit, { groupId: 'g', memberId: '', topics }, 8)
      return answer.topics[0]?.partitions[0]?.errorCode
    }
    for (let i = 0; i < 3; i++) expect(await commit()).toBe(notCoordinator)
    expect(broker.told()).toHaveLength(1)
    disk.makeRoom()
    expect(await commit()).toBe(none)
  })
})
