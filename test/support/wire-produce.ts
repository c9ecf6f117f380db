import type { Engine } from '../../src/engine.js'
import { apis } from '../../src/protocol/index.js'
import { crc32c } from '../../src/record/crc32c.js'
import { BatchBuilder, type BatchOptions, type RecordInput } from '../../src/record/index.js'
import { crcAt, crcCoversFrom } from '../../src/record/layout.js'
import { readAll } from './logs.js'
import type { WireClient } from './wire-client.js'

/** A batch of records as a client would send it; timestamps are now. */
export function batchOfRecords(
  records: readonly RecordInput[],
  options: Partial<BatchOptions> = {},
): Buffer {
  const builder = new BatchBuilder(options)
  for (const record of records) builder.append(record)
  return Buffer.from(builder.build())
}

/** The same with other bytes, and a CRC that fits them. */
export function changed(batch: Buffer, change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(batch)
  change(bytes)
  bytes.writeUInt32BE(crc32c(bytes, crcCoversFrom), crcAt)
  return bytes
}

/** A Produce request of some partitions of one topic. */
export function produceRequest(name: string, batches: { [partition: number]: Buffer }, acks = 1) {
  const partitionData = Object.entries(batches).map(([index, records]) => ({
    index: Number(index),
    records,
  }))
  return { acks, timeoutMs: 30_000, topicData: [{ name, partitionData }] }
}

/** What became of a batch for partition 0. */
export async function produce(
  client: WireClient,
  topic: string,
  batch: Buffer,
  { acks = 1, version = 11 } = {},
) {
  const request = produceRequest(topic, { 0: batch }, acks)
  const { responses } = await client.ask(apis.produce, request, version)
  const [answer] = responses[0]?.partitionResponses ?? []
  if (answer === undefined) throw new Error('there is no answer for the partition')
  return answer
}

/** What readers find in partition 0. */
export async function valuesIn(engine: Engine, topic: string): Promise<string[]> {
  return (await readAll(await engine.log(topic, 0))).map(({ value }) => String(value))
}
