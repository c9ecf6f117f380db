import { apis, errorCodes } from '../../../src/protocol/index.js'
import { batches } from '../../../src/record/index.js'
import type { WireClient } from '../../support/wire-client.js'

export async function createTopic(client: WireClient, name: string, numPartitions: number) {
  const topics = [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }]
  const answer = await client.ask(apis.createTopics, { topics, timeoutMs: 5000 })
  const [made] = answer.topics
  if (made?.errorCode !== errorCodes.none) throw new Error(`${name} was not made: ${made}`)
}

/** All that a client finds in a partition. */
export async function valuesAt(client: WireClient, topic: string, partition: number) {
  const values: string[] = []
  for (let fetchOffset = 0; ; ) {
    const asked = { partition, fetchOffset, partitionMaxBytes: 1 << 20 }
    const topics = [{ topic, topicId: '', partitions: [asked] }]
    const request = { maxWaitMs: 0, minBytes: 1, topics }
    const { responses } = await client.ask(apis.fetch, request, 12)
    const [found] = responses[0]?.partitions ?? []
    if (found?.errorCode !== errorCodes.none) throw new Error(`error ${found?.errorCode}`)
    const before = fetchOffset
    for (const batch of batches(found.records ?? Buffer.alloc(0))) {
      for (const record of batch) values.push(String(record.value))
      fetchOffset = batch.lastOffset + 1
    }
    if (fetchOffset === before) return values
  }
}
