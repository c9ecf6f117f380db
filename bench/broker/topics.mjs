// Topics of either broker, by Kafka's protocol.
import { ClusterClient } from '../../dist/client/index.js'
import { apis } from '../../dist/protocol/index.js'

let made = 0

/**
 * @param {string} address
 * @param {number} partitions
 * @returns {Promise<string>} its name
 */
export async function makeTopic(address, partitions) {
  const name = `bench-${process.pid}-${made++}`
  await withClient(address, async (client) => {
    const topics = [
      { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] },
    ]
    const answer = await client.onController((broker) =>
      broker.request(apis.createTopics, { topics, timeoutMs: 30_000 }),
    )
    const [{ errorCode, errorMessage }] = answer.topics
    if (errorCode !== 0) throw new Error(`no topic: error ${errorCode} ${errorMessage}`)
    await client.topic(name, partitions)
  })
  return name
}

/**
 * @param {string} address
 * @param {string} name
 */
export function removeTopic(address, name) {
  return withClient(address, async (client) => {
    const body = { topics: [{ name }], topicNames: [name], timeoutMs: 30_000 }
    await client.onController((broker) => broker.request(apis.deleteTopics, body))
  })
}

/**
 * @param {string} address
 * @param {(client: ClusterClient) => Promise<void>} act
 */
async function withClient(address, act) {
  const [host, port] = address.split(':')
  const client = new ClusterClient([{ host, port: Number(port) }])
  try {
    await act(client)
  } finally {
    await client.close()
  }
}
