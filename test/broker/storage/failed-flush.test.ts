import { describe, expect, it } from 'vitest'
import { apis, errorCodes } from '../../../src/protocol/index.js'
import { whyNoMounts } from '../../support/agent.js'
import { Disk, failing, type ServedDisk } from '../../support/served-disk.js'
import type { WireClient } from '../../support/wire-client.js'
import { batchOfRecords, produce, produceRequest } from '../../support/wire-produce.js'
import { createTopic, valuesAt } from './topics.js'

const refusal = whyNoMounts()
if (refusal !== undefined) console.log(`failing flushes are not tested over the wire: ${refusal}`)

const { kafkaStorageError, none } = errorCodes
const value = (i: number) => `${i} `.padEnd(200_000, 'v')

/** As an idempotent producer sends it. */
function send(client: WireClient, sequence: number, acks = -1) {
  const options = { producerId: 7, producerEpoch: 0, baseSequence: sequence }
  return produce(client, 'clicks', batchOfRecords([{ value: value(sequence) }], options), { acks })
}

interface Fenced {
  readonly disk: Disk
  readonly broker: ServedDisk
  readonly client: WireClient
  /** How many were acknowledged. */
  readonly stored: number
}

/** A broker whose partition 0 of `clicks` has had a flush that failed. */
async function fenced(): Promise<Fenced> {
  const disk = await Disk.mount(failing)
  const broker = await disk.serve('--flush', 'sync')
  const client = await broker.connect()
  await createTopic(client, 'clicks', 2)
  let stored = 0
  for (; stored < 3; stored++) expect(await send(client, stored)).toMatchObject({ errorCode: none })
  disk.fill()
  let answer = await send(client, stored)
  for (; answer.errorCode === none; stored++) answer = await send(client, stored + 1)
  expect(answer).toMatchObject({ errorCode: kafkaStorageError, baseOffset: -1 })
  expect(answer.errorMessage).toMatch(/fdatasync.*failed: (No space left|Input\/output error)/)
  return { disk, broker, client, stored }
}

const values = (count: number) => Array.from({ length: count }, (_, i) => value(i))

describe.skipIf(refusal !== undefined)('a flush that fails', () => {
  it('is told to producers and once to the operator, and ends the appends of its log alone', async () => {
    const { disk, broker, client, stored } = await fenced()
    for (const acks of [-1, 1, -1]) {
      expect((await send(client, stored, acks)).errorCode).toBe(kafkaStorageError)
    }
    client.tell(apis.produce, produceRequest('clicks', { 0: batchOfRecords([{ value: 'v' }]) }, 0))
    await client.closed
    const lines = broker.told()
    expect(lines[0]).toMatch(/storage fault \(clicks-0\): writing to the device failed/)
    expect(lines[0]).toMatch(/; look after the device, then stop the broker and start it again/)
    expect(lines).toHaveLength(1)
    const other = await broker.connect()
    expect(await valuesAt(other, 'clicks', 0)).toEqual(values(stored))
    disk.makeRoom()
    const request = produceRequest('clicks', { 1: batchOfRecords([{ value: 'here' }]) }, -1)
    const { responses } = await other.ask(apis.produce, request)
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(none)
    expect((await send(other, stored)).errorCode).toBe(kafkaStorageError)
  })

  it('loses nothing that was acknowledged, and stores once what is sent again after a restart', async () => {
    const { disk, broker, client, stored } = await fenced()
    expect((await send(client, stored)).errorCode).toBe(kafkaStorageError)
    disk.makeRoom()
    await broker.kill()
    const again = await (await disk.serve()).connect()
    expect(await valuesAt(again, 'clicks', 0)).toEqual(values(stored))
    for (let i = 0; i < 2; i++) {
      expect(await send(again, stored)).toMatchObject({ errorCode: none, baseOffset: stored })
    }
    expect(await valuesAt(again, 'clicks', 0)).toEqual(values(stored + 1))
  })
})
