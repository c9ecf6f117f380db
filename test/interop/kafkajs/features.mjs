// What kafkajs does with the broker.
import assert from 'node:assert/strict'
import kafkajs from 'kafkajs'
import { feature, numbered, records, refused, same, unique } from '../feature.mjs'
import { until, values } from '../reading.mjs'
import { admin, contents, newTopic, read, reader, send } from './client.mjs'

const { CompressionTypes, ConfigResourceTypes } = kafkajs

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
  await until(() => a.found.length + b.found.length >= 200)
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
