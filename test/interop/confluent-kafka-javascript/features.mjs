// What @confluentinc/kafka-javascript does with the broker.
import assert from 'node:assert/strict'
import { promisify } from 'node:util'
import confluent from '@confluentinc/kafka-javascript'
import { feature, notHere, numbered, records, refused, same, unique } from '../feature.mjs'
import { until, values } from '../reading.mjs'
import { admin, contents, kafka, lowAdmin, newTopic, read, reader, send } from './client.mjs'

const { ConsumerGroupStates } = confluent
const base = 1_700_000_000_000

async function roundTrip(name, options) {
  const topic = await newTopic(name)
  await send(topic, records(300), options)
  const found = contents(await read(topic, 300))
  // On Node 20 it sends what is empty, as the first value is, as null, to Apache Kafka as well.
  const losesEmpty = found[0].value === null
  const kept = (value) => (losesEmpty && value?.length === 0 ? null : value)
  // Made again, since it changes the headers of those that it is given.
  const wanted = records(300).map((one) => ({ ...one, value: kept(one.value) }))
  same(found, wanted)
  return losesEmpty ? 'on this Node it sends an empty value as null' : undefined
}

await feature('connect and list topics', async () => {
  const topic = await newTopic('list')
  assert.ok((await admin.listTopics()).includes(topic))
})
await feature('create, describe and delete a topic', async () => {
  const topic = await newTopic('made', 3)
  const [described] = await admin.fetchTopicMetadata({ topics: [topic] })
  assert.deepEqual(described.partitions.map(({ partitionId }) => partitionId).sort(), [0, 1, 2])
  assert.equal(await admin.createTopics({ topics: [{ topic }] }), false)
  await admin.deleteTopics({ topics: [topic] })
  assert.ok(!(await admin.listTopics()).includes(topic))
})
await feature('keys, headers and nulls', () => roundTrip('nulls'))
for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  await feature(`codec ${codec}`, () => roundTrip(`codec-${codec}`, { 'compression.codec': codec }))
}
for (const acks of ['0', '1', 'all']) {
  await feature(`acks ${acks}`, () => roundTrip(`acks-${acks}`, { acks }))
}
await feature('idempotent producer', () => roundTrip('idempotent', { 'enable.idempotence': true }))

await feature('consume from the beginning', async () => {
  const topic = await newTopic('beginning')
  await send(topic, numbered(100))
  const found = await read(topic, 100)
  assert.deepEqual(
    found.map(({ offset }) => offset),
    numbered(100).map(({ key }) => key),
  )
})
await feature('consume from the latest', async () => {
  const topic = await newTopic('latest')
  await send(topic, numbered(10))
  const one = await reader(topic, { 'auto.offset.reset': 'latest' })
  // Nobody is told when it has found the end, so records come until it has read some.
  let next = 10
  while (one.found.length === 0) await send(topic, numbered(1, next++))
  const first = Number(values(one.found)[0].slice(1))
  assert.ok(first >= 10)
  assert.deepEqual(values(await one.until(next - first)), values(numbered(next - first, first)))
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
  const at = (i) => `${base + i * 1000}`
  await send(
    topic,
    numbered(100).map((one, i) => ({ ...one, timestamp: at(i) })),
  )
  const [{ offset }] = await admin.fetchTopicOffsetsByTimestamp(topic, base + 41_500)
  assert.equal(offset, '42')
  assert.equal((await read(topic, 58, { seek: offset }))[0].timestamp, at(42))
})

await feature('group of two, rebalanced', async () => {
  for (const assignor of ['range', 'cooperative-sticky']) await rebalanced(assignor)
  return 'range and cooperative-sticky'
})

async function rebalanced(assignor) {
  const topic = await newTopic('group', 4)
  const options = { groupId: unique('group'), 'partition.assignment.strategy': assignor }
  const a = await reader(topic, options)
  await a.untilAssigned(4)
  const b = await reader(topic, options)
  await Promise.all([a.untilAssigned(2), b.untilAssigned(2)])
  await send(topic, numbered(200))
  await until(() => a.found.length + b.found.length >= 200)
  assert.ok(a.found.length > 0 && b.found.length > 0)
  assert.deepEqual(values([...a.found, ...b.found]).sort(), values(numbered(200)).sort())
  await b.close()
  await a.untilAssigned(4)
  const before = a.found.length
  await send(topic, numbered(100, 200))
  const after = (await a.until(before + 100)).slice(before)
  assert.deepEqual(values(after).sort(), values(numbered(100, 200)).sort())
  await a.close()
}

/** A group that read 100 records, and committed `count` of them without being a member. */
async function committedGroup(count) {
  const topic = await newTopic('commit')
  const groupId = unique('group')
  await send(topic, numbered(100))
  await read(topic, 100, { groupId, 'enable.auto.commit': false })
  await commit(groupId, { topic, partition: 0, offset: `${count}`, metadata: 'where I was' })
  return { topic, groupId }
}

async function commit(groupId, offset) {
  const consumer = kafka.consumer({ 'group.id': groupId })
  await consumer.connect()
  await consumer.commitOffsets([offset])
  await consumer.disconnect()
}

async function committed(groupId, topic) {
  const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] })
  return partitions[0]
}

async function listed(groupId) {
  const { groups } = await admin.listGroups()
  return groups.some((group) => group.groupId === groupId)
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
  await one.untilAssigned(1)
  assert.ok(await listed(groupId))
  const described = async () => (await admin.describeGroups([groupId])).groups[0]
  const { state, members } = await described()
  assert.deepEqual(
    [state, members.map(({ clientId }) => clientId)],
    [ConsumerGroupStates.STABLE, ['interop']],
  )
  await one.close()
  assert.equal((await described()).state, ConsumerGroupStates.EMPTY)
})
await feature('delete a group', async () => {
  const { groupId } = await committedGroup(10)
  await admin.deleteGroups([groupId])
  assert.ok(!(await listed(groupId)))
})
await feature('reset offsets', async () => {
  const { topic, groupId } = await committedGroup(90)
  await commit(groupId, { topic, partition: 0, offset: '30' })
  assert.deepEqual(values(await read(topic, 70, { groupId })), values(numbered(70, 30)))
})
await feature('delete records', async () => {
  const topic = await newTopic('records')
  await send(topic, numbered(100))
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '60' }] })
  assert.equal((await admin.fetchTopicOffsets(topic))[0].low, '60')
  assert.deepEqual(values(await read(topic, 40)), values(numbered(40, 60)))
})
await feature('add partitions', async () => {
  const topic = await newTopic('partitions')
  await promisify(lowAdmin.createPartitions.bind(lowAdmin))(topic, 3, 10_000)
  await send(topic, [{ partition: 2, value: 'third' }])
  assert.equal((await admin.fetchTopicOffsets(topic)).length, 3)
  assert.deepEqual(values(await read(topic, 1)), ['third'])
})
notHere('describe and alter configs')
await feature('auto-create a topic', async () => {
  const topic = unique('confluent-js-auto')
  await send(topic, numbered(10))
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
  const big = [{ value: Buffer.alloc(1_100_000) }]
  await refused(send(topic, big, { 'message.max.bytes': 2_000_000 }), /too large/i)
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

lowAdmin.disconnect()
await admin.disconnect()
process.exit(0)
