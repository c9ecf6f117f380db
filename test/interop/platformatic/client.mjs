// @platformatic/kafka: writing, reading, members of groups.
import { Admin, Consumer, Producer } from '@platformatic/kafka'
import { bootstrap, unique } from '../feature.mjs'
import { readingBy, tellNews, until } from '../reading.mjs'

const common = { clientId: 'interop', bootstrapBrokers: [bootstrap], retries: 3, retryDelay: 200 }

export const admin = new Admin(common)

export async function newTopic(name, partitions = 1) {
  const topic = unique(`platformatic-${name}`)
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
  return topic
}

/**
 * Waits for all: what is acknowledged by the leader alone (acks 1, the client's default) may be
 * visible a moment later. The client's null is `undefined` for keys, and null for values.
 */
export async function send(topic, messages, { options = {}, ...rest } = {}) {
  const producer = new Producer({ ...common, autocreateTopics: false, ...options })
  const buffer = (value) => (typeof value === 'string' ? Buffer.from(value) : value)
  try {
    await producer.send({
      acks: -1,
      messages: messages.map(({ key, value, headers = {}, ...one }) => ({
        ...{ topic, key: buffer(key) ?? undefined, value: buffer(value), ...one },
        headers: new Map(Object.entries(headers).map(([name, of]) => [Buffer.from(name), of])),
      })),
      ...rest,
    })
  } finally {
    await producer.close()
  }
}

/** A consumer at work: `until(count)` gives its records once there are so many. */
export async function reader(topic, { groupId = unique('g'), ...options } = {}) {
  const settings = { sessionTimeout: 6000, rebalanceTimeout: 6000, heartbeatInterval: 300 }
  const consumer = new Consumer({ ...common, groupId, ...settings, maxWaitTime: 200 })
  const found = []
  consumer.on('consumer:group:join', tellNews)
  const stream = await consumer.consume({
    ...{ topics: [topic], mode: 'earliest', autocommit: false, ...options },
  })
  stream.on('data', (message) => {
    found.push(message)
    tellNews()
  })
  return {
    consumer,
    stream,
    found,
    async until(count) {
      await until(() => found.length >= count)
      return found
    },
    untilAssigned: (count) =>
      until(() => consumer.assignments?.flatMap(({ partitions }) => partitions).length === count),
    async close() {
      await stream.close()
      await consumer.close(true)
    },
  }
}

export const read = readingBy(reader)

export const from = (topic, offset) => ({
  mode: 'manual',
  offsets: [{ topic, partition: 0, offset: BigInt(offset) }],
})

export const contents = (found) =>
  found.map(({ key, value, headers }) => ({
    key: key ?? null,
    value: value ?? null,
    headers: Object.fromEntries([...headers].map(([name, of]) => [`${name}`, of])),
  }))

export const consumer = () => new Consumer({ ...common, groupId: unique('g') })
