// kafkajs, with the codecs that its users add to it.
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import lz4 from 'lz4-napi'
import { ZstdCodec } from 'zstd-codec'
import { bootstrap, feature, numbered, records, refused, same, unique } from '../feature.mjs'

const { CompressionTypes, CompressionCodecs, ConfigResourceTypes, Kafka, logLevel } = kafkajs
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
const admin = kafka.admin()
await admin.connect()

/** Tells of every record that a reader got. */
const events = new EventEmitter()

async function newTopic(name, numPartitions = 1) {
  const topic = unique(`kafkajs-${name}`)
  await admin.createTopics({ topics: [{ topic, numPartitions }] })
  return topic
}

async function send(topic, messages, { options = {}, ...rest } = {}) {
  const producer = kafka.producer({ allowAutoTopicCreation: false, ...options })
  await producer.connect()
  try {
    return await producer.send({ topic, messages, ...rest })
  } finally {
    await producer.disconnect()
  }
}

/** A consumer at work: `until(count)` gives its records once there are so many. */
async function reader(topic, { from, seek, offsets, groupId = unique('g'), options = {} } = {}) {
  const consumer = kafka.consumer({
    groupId,
    rebalanceTimeout: 5000,
    maxWaitTimeInMs: 200,
    ...options,
  })
  const found = []
  const joined = new EventEmitter()
  let assignment = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assignment = payload.memberAssignment[topic] ?? []
    joined.emit('joined')
  })
  const fetched = new Promise((resolve) => consumer.on(consumer.events.FETCH, resolve))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: from !== 'latest' })
  const first = once(joined, 'joined')
  await consumer.run({
    autoCommit: offsets !== 'by hand',
    eachMessage: async ({ partition, message }) => {
      found.push({ partition, ...message })
      events.emit('arrived')
    },
  })
  if (seek !== undefined) consumer.seek({ topic, partition: 0, offset: `${seek}` })
  await first
  return {
    consumer,
    found,
    fetched,
    assignment: () => assignment,
    async until(count) {
      while (found.length < count) await once(events, 'arrived')
      return found
    },
    async untilAssigned(count) {
      while (assignment.length !== count) await once(joined, 'joined')
    },
    close: () => consumer.disconnect(),
  }
}

async function read(topic, count, options) {
  const one = await reader(topic, options)
  try {
    return await one.until(count)
  } finally {
    await one.close()
  }
}

const contents = (found) => found.map(({ key, value, headers }) => ({ key, value, headers }))
const values = (found) => found.map(({ value }) => value.toString())

async function roundTrip(name, options) {
  const topic = await newTopic(name)
  const sent = records(300)
  await send(topic, sent, options)
  same(contents(await read(topic, sent.length)), sent)
}

await feature('connect and list topics', async () => {
  const topic = await newTopic('list')
  assert.ok((await admin.listTopics()).includes(topic))
})

await feature('create, describe and delete a topic', async () => {
  const topic = await newTopic('made', 3)
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  assert.deepEqual(topics[0].partitions.map(({ partitionId }) => partitionId).sort(), [0, 1, 2])
  assert.equal(await admin.createTopics({ topics: [{ topic }] }), false)
  await admin.deleteTopics({ topics: [topic] })
  assert.ok(!(await admin.listTopics()).includes(topic))
})

await feature('keys, headers and nulls', () => roundTrip('nulls'))
for (const [name, type] of Object.entries({
  none: 'None',
  gzip: 'GZIP',
  snappy: 'Snappy',
  lz4: 'LZ4',
  zstd: 'ZSTD',
})) {
  const compression = CompressionTypes[type]
  await feature(`codec ${name}`, () => roundTrip(`codec-${name}`, { compression }))
}
await feature('acks 0', () => roundTrip('acks-0', { acks: 0 }))
await feature('acks 1', () => roundTrip('acks-1', { acks: 1 }))
await feature('acks all', () => roundTrip('acks-all', { acks: -1 }))
await feature('idempotent producer', () =>
  roundTrip('idempotent', { options: { idempotent: true, maxInFlightRequests: 1 } }),
)

await feature('consume from the beginning', async () => {
  const topic = await newTopic('beginning')
  await send(topic, numbered(100))
  const found = await read(topic, 100, { from: 'beginning' })
  assert.deepEqual(
    found.map(({ offset }) => offset),
    numbered(100).map(({ key }) => key),
  )
})

await feature('consume from the latest', async () => {
  const topic = await newTopic('latest')
  await send(topic, numbered(10))
  const one = await reader(topic, { from: 'latest' })
  await one.fetched
  await send(topic, numbered(10, 10))
  assert.deepEqual(values(await one.until(10)), values(numbered(10, 10)))
  await one.close()
})

await feature('consume from an offset', async () => {
  const topic = await newTopic('offset')
  await send(topic, numbered(100))
  const found = await read(topic, 60, { seek: 40 })
  assert.deepEqual(values(found), values(numbered(60, 40)))
})

await feature('consume from a timestamp', async () => {
  const topic = await newTopic('timestamp')
  const base = 1_700_000_000_000
  await send(
    topic,
    numbered(100).map((one, i) => ({ ...one, timestamp: `${base + i * 1000}` })),
  )
  const [at] = await admin.fetchTopicOffsetsByTimestamp(topic, base + 41_500)
  assert.equal(at.offset, '42')
  assert.equal((await read(topic, 58, { seek: at.offset }))[0].timestamp, `${base + 42_000}`)
})

await feature('group of two, rebalanced', async () => {
  const topic = await newTopic('group', 4)
  const groupId = unique('group')
  const options = { groupId, options: { heartbeatInterval: 300, sessionTimeout: 6000 } }
  const a = await reader(topic, options)
  await a.untilAssigned(4)
  const b = await reader(topic, options)
  await Promise.all([a.untilAssigned(2), b.untilAssigned(2)])
  await send(topic, numbered(200))
  while (a.found.length + b.found.length < 200) {
    await once(events, 'arrived')
  }
  assert.ok(a.found.length > 0 && b.found.length > 0)
  const both = [...values(a.found), ...values(b.found)].sort()
  assert.deepEqual(both, values(numbered(200)).sort())
  await b.close()
  await a.untilAssigned(4)
  const before = a.found.length
  await send(topic, numbered(100, 200))
  const after = (await a.until(before + 100)).slice(before)
  assert.deepEqual(values(after).sort(), values(numbered(100, 200)).sort())
  await a.close()
})

/** A group that read and committed `count` of 100 records. */
async function committedGroup(count) {
  const topic = await newTopic('commit')
  const groupId = unique('group')
  await send(topic, numbered(100))
  const one = await reader(topic, { groupId, offsets: 'by hand' })
  await one.until(100)
  const commit = { topic, partition: 0, offset: `${count}`, metadata: 'where I was' }
  await one.consumer.commitOffsets([commit])
  await one.close()
  return { topic, groupId }
}

async function committed(groupId, topic) {
  const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] })
  return partitions[0]
}

await feature('commit, resume, lag 0', async () => {
  const { topic, groupId } = await committedGroup(50)
  assert.equal((await committed(groupId, topic)).metadata, 'where I was')
  assert.deepEqual(values(await read(topic, 50, { groupId })), values(numbered(50, 50)))
  const [{ high }] = await admin.fetchTopicOffsets(topic)
  assert.equal(high - (await committed(groupId, topic)).offset, 0)
})

await feature('list and describe groups', async () => {
  const topic = await newTopic('described')
  const groupId = unique('group')
  const one = await reader(topic, { groupId })
  const { groups: listed } = await admin.listGroups()
  assert.ok(listed.some((group) => group.groupId === groupId))
  const { groups } = await admin.describeGroups([groupId])
  assert.deepEqual([groups[0].state, groups[0].members.length], ['Stable', 1])
  assert.equal(groups[0].members[0].clientId, 'interop')
  await one.close()
  const after = await admin.describeGroups([groupId])
  assert.equal(after.groups[0].state, 'Empty')
})

await feature('delete a group', async () => {
  const { groupId } = await committedGroup(10)
  await admin.deleteGroups([groupId])
  const { groups } = await admin.listGroups()
  assert.ok(!groups.some((group) => group.groupId === groupId))
})

await feature('reset offsets', async () => {
  const { topic, groupId } = await committedGroup(90)
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '30' }] })
  assert.deepEqual(values(await read(topic, 70, { groupId })), values(numbered(70, 30)))
})

await feature('delete records', async () => {
  const topic = await newTopic('records')
  await send(topic, numbered(100))
  // kafkajs does not find the leader of a topic that it was not asked about before.
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '60' }] })
  assert.equal((await admin.fetchTopicOffsets(topic))[0].low, '60')
  assert.deepEqual(values(await read(topic, 40)), values(numbered(40, 60)))
})

await feature('add partitions', async () => {
  const topic = await newTopic('partitions')
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
  await send(topic, [{ partition: 2, value: 'third' }])
  assert.equal((await admin.fetchTopicOffsets(topic)).length, 3)
  assert.deepEqual(values(await read(topic, 1)), ['third'])
})

await feature('describe and alter configs', async () => {
  const topic = await newTopic('configs')
  const type = ConfigResourceTypes.TOPIC
  const retention = async () => {
    const resources = [{ type, name: topic, configNames: ['retention.ms'] }]
    const described = await admin.describeConfigs({ resources, includeSynonyms: true })
    return described.resources[0].configEntries[0]
  }
  assert.deepEqual(
    [(await retention()).configValue, (await retention()).isDefault],
    ['604800000', true],
  )
  const configEntries = [{ name: 'retention.ms', value: '3600000' }]
  await admin.alterConfigs({ resources: [{ type, name: topic, configEntries }] })
  assert.equal((await retention()).configValue, '3600000')
})

await feature('auto-create a topic', async () => {
  const topic = unique('kafkajs-auto')
  await send(topic, numbered(10), { options: { allowAutoTopicCreation: true } })
  assert.deepEqual(values(await read(topic, 10)), values(numbered(10)))
})

await feature('record of 900 kB', async () => {
  const topic = await newTopic('large')
  const value = Buffer.alloc(900_000, 'large ')
  await send(topic, [{ value }])
  assert.ok((await read(topic, 1))[0].value.equals(value))
})

await feature('too large a record is refused', async () => {
  const topic = await newTopic('too-large')
  await refused(send(topic, [{ value: Buffer.alloc(1_100_000) }]), /MESSAGE_TOO_LARGE/)
  await send(topic, numbered(1))
})

await feature('100 partitions', async () => {
  const topic = await newTopic('many', 100)
  const messages = numbered(1000).map((one, i) => ({ ...one, partition: i % 100 }))
  await send(topic, messages)
  const found = await read(topic, 1000)
  assert.deepEqual(values(found).sort(), values(messages).sort())
  assert.ok(found.every(({ partition, value }) => value.toString().slice(1) % 100 === partition))
})

await admin.disconnect()
process.exit(0)
