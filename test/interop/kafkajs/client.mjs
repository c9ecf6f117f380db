// kafkajs, with the codecs that its users add to it: writing, reading, members of groups.
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import lz4 from 'lz4-napi'
import { ZstdCodec } from 'zstd-codec'
import { bootstrap, unique } from '../feature.mjs'
import { readingBy, tellNews, until } from '../reading.mjs'

const { CompressionTypes, CompressionCodecs, Kafka, logLevel } = kafkajs
CompressionCodecs[CompressionTypes.Snappy] = snappy
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: ({ buffer }) => lz4.compressFrame(buffer),
  decompress: (buffer) => lz4.decompressFrame(buffer),
})
const zstd = await new Promise((resolve) => ZstdCodec.run((made) => resolve(new made.Simple())))
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: ({ buffer }) => Buffer.from(zstd.compress(buffer)),
  decompress: (buffer) => Buffer.from(zstd.decompress(buffer)),
})

const kafka = new Kafka({
  brokers: [bootstrap],
  clientId: 'interop',
  logLevel: logLevel.NOTHING,
  retry: { retries: 4, initialRetryTime: 100 },
})
export const admin = kafka.admin()
await admin.connect()

export async function newTopic(name, numPartitions = 1) {
  const topic = unique(`kafkajs-${name}`)
  await admin.createTopics({ topics: [{ topic, numPartitions }] })
  return topic
}

export async function send(topic, messages, { options = {}, ...rest } = {}) {
  const producer = kafka.producer({ allowAutoTopicCreation: false, ...options })
  await producer.connect()
  try {
    return await producer.send({ topic, messages, ...rest })
  } finally {
    await producer.disconnect()
  }
}

/** A consumer at work: `until(count)` gives its records once there are so many. */
export async function reader(
  topic,
  { from, seek, offsets, groupId = unique('g'), options = {} } = {},
) {
  const consumer = kafka.consumer({
    groupId,
    rebalanceTimeout: 5000,
    maxWaitTimeInMs: 200,
    ...options,
  })
  const found = []
  let assignment
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assignment = payload.memberAssignment[topic] ?? []
    tellNews()
  })
  const fetched = new Promise((resolve) => consumer.on(consumer.events.FETCH, resolve))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: from !== 'latest' })
  await consumer.run({
    autoCommit: offsets !== 'by hand',
    eachMessage: async ({ partition, message }) => {
      found.push({ partition, ...message })
      tellNews()
    },
  })
  if (seek !== undefined) consumer.seek({ topic, partition: 0, offset: `${seek}` })
  await until(() => assignment)
  return {
    consumer,
    found,
    fetched,
    assignment: () => assignment,
    async until(count) {
      await until(() => found.length >= count)
      return found
    },
    untilAssigned: (count) => until(() => assignment.length === count),
    close: () => consumer.disconnect(),
  }
}

export const read = readingBy(reader)

export const contents = (found) => found.map(({ key, value, headers }) => ({ key, value, headers }))
