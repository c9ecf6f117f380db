// @confluentinc/kafka-javascript, which is librdkafka with kafkajs' calls.
import confluent from '@confluentinc/kafka-javascript'
import { bootstrap, unique } from '../feature.mjs'
import { readingBy, tellNews, until } from '../reading.mjs'

const common = { 'bootstrap.servers': bootstrap, 'client.id': 'interop', log_level: 0 }
const assign = confluent.CODES.ERRORS.ERR__ASSIGN_PARTITIONS
export const kafka = new confluent.KafkaJS.Kafka(common)
export const admin = kafka.admin()
await admin.connect()
/** What its other calls do not have: the bindings below them. */
export const lowAdmin = confluent.AdminClient.create(common)

export async function newTopic(name, numPartitions = 1) {
  const topic = unique(`confluent-js-${name}`)
  await admin.createTopics({ topics: [{ topic, numPartitions }] })
  return topic
}

export async function send(topic, messages, options = {}) {
  const producer = kafka.producer(options)
  await producer.connect()
  try {
    return await producer.send({ topic, messages })
  } finally {
    await producer.disconnect()
  }
}

/** A consumer at work: `until(count)` gives its records once there are so many. */
export async function reader(topic, { seek, groupId = unique('g'), ...options } = {}) {
  let assigned = 0
  const consumer = kafka.consumer({
    // It gives what comes or goes: with eager assignors all, with cooperative ones the difference.
    rebalance_cb: ({ code }, partitions) => {
      assigned += code === assign ? partitions.length : -partitions.length
      tellNews()
    },
    'group.id': groupId,
    'auto.offset.reset': 'earliest',
    'session.timeout.ms': 6000,
    'heartbeat.interval.ms': 300,
    ...options,
  })
  const found = []
  await consumer.connect()
  await consumer.subscribe({ topic })
  const running = consumer.run({
    eachMessage: async ({ partition, message }) => {
      found.push({ partition, ...message })
      tellNews()
    },
  })
  if (seek !== undefined) consumer.seek({ topic, partition: 0, offset: `${seek}` })
  await running
  return {
    consumer,
    found,
    async until(count) {
      await until(() => found.length >= count)
      return found
    },
    untilAssigned: (count) => until(() => assigned === count),
    close: () => consumer.disconnect(),
  }
}

export const read = readingBy(reader)

export const contents = (found) =>
  found.map(({ key, value, headers }) => ({ key, value, headers: headers ?? {} }))
