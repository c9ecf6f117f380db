import { describe, expect, it } from 'vitest'
import { apis } from '../../../src/protocol/index.js'
import { openEngine } from '../../support/engines.js'
import { unpackGolden } from '../../support/golden.js'
import { memoryDirectory } from '../../support/logs.js'
import { clientOf, type WireClient } from '../../support/wire-client.js'
import { asking, fetch, partitionsOf } from './fetches.js'

const { metadata } = apis

async function topicsTold(client: WireClient) {
  const { topics } = await client.ask(metadata, { topics: null })
  return topics.map(({ name, topicId, partitions }) => ({
    name: name as string,
    id: topicId,
    epochs: partitions.map(({ leaderEpoch }) => leaderEpoch),
  }))
}

/** What a client gets that fetches with the epochs that it was told. */
async function fetchedWith(
  client: WireClient,
  topic: { name: string; id: string },
  epochs: number[],
) {
  const asked = epochs.map((currentLeaderEpoch, partition) => ({
    partition,
    currentLeaderEpoch,
    fetchOffset: 50,
  }))
  return partitionsOf(await client.ask(fetch, asking(topic, asked)))
}

describe('the leader epochs that metadata tell', () => {
  it('are those of logs that Kafka left, before and after they are opened', async () => {
    const directory = memoryDirectory()
    unpackGolden('clean', directory)
    const client = await clientOf(await openEngine(directory))
    const told = await topicsTold(client)
    expect(told.find(({ name }) => name === 'idempotent')?.epochs).toEqual([2, 2])
    for (const topic of told.filter(({ name }) => !/^_|^empty/.test(name))) {
      const fetched = await fetchedWith(client, topic, topic.epochs)
      expect([topic.name, ...fetched.map(({ errorCode }) => errorCode)]).toEqual([
        topic.name,
        ...topic.epochs.map(() => 0),
      ])
    }
    expect(await topicsTold(client)).toEqual(told)
  })

  it('are 0 for a partition that has no directory yet, and go with the topic', async () => {
    const directory = memoryDirectory()
    unpackGolden('clean', directory)
    const engine = await openEngine(directory)
    const client = await clientOf(engine)
    const epochsOf = async (name: string) =>
      (await topicsTold(client)).find((topic) => topic.name === name)?.epochs
    await engine.addPartitions('segments', 2)
    expect(await epochsOf('segments')).toEqual([2, 0])
    await engine.addPartitions('segments', 3)
    expect(await epochsOf('segments')).toEqual([2, 0, 0])
    await engine.deleteTopic('segments')
    await engine.createTopic('segments')
    expect(await epochsOf('segments')).toEqual([0])
  })
})
