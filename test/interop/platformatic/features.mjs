// What @platformatic/kafka does with the broker.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { feature, numbered, records, refused, same, unique } from '../feature.mjs'
import { until, values } from '../reading.mjs'
import { admin, consumer, contents, from, newTopic, read, reader, send } from './client.mjs'

const topicType = 2
const setOperation = 0

async function roundTrip(name, options) {
  const topic = await newTopic(name)
  await send(topic, records(300), options)
  same(contents(await read(topic, 300)), records(300))
}

await feature('connect and list topics', async () => {
  const topic = await newTopic('list')
  assert.ok((await admin.listTopics()).includes(topic))
})

await feature('create, describe and delete a topic', async () => {
  const topic = await newTopic('made', 3)
  const { topics } = await admin.metadata({ topics: [topic] })
  assert.equal(topics.get(topic).partitionsCount, 3)
  const again = admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
  await refused(again, /TOPIC_ALREADY_EXISTS|already exists|createTopics/i)
  await admin.deleteTopics({ topics: [topic] })
  assert.ok(!(await admin.listTopics()).includes(topic))
})

await feature('keys, headers and nulls', () => roundTrip('nulls'))
for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  await feature(`codec ${compression}`, () => roundTrip(`codec-${compression}`, { compression }))
}
await feature('acks 0', () => roundTrip('acks-0', { acks: 0 }))
await feature('acks 1', () => roundTrip('acks-1', { acks: 1 }))
await feature('acks all', () => roundTrip('acks-all', { acks: -1 }))
await feature('idempotent producer', () =>
  roundTrip('idempotent', { acks: -1, options: { idempotent: true } }),
)

/** A topic with 100 numbered records. */
async function hundred(name) {
  const topic = await newTopic(name)
  await send(topic, numbered(100))
  return topic
}

await feature('consume from the beginning', async () => {
  const found = await read(await hundred('beginning'), 100)
  assert.deepEqual(
    found.map(({ offset }) => `${offset}`),
    numbered(100).map(({ key }) => key),
  )
})

await feature('consume from the latest', async () => {
  const topic = await hundred('latest')
  const one = await reader(topic, { mode: 'latest' })
  await once(one.stream, 'fetch')
  await send(topic, numbered(10, 100))
  assert.deepEqual(values(await one.until(10)), values(numbered(10, 100)))
  await one.close()
})

await feature('consume from an offset', async () => {
  const topic = await hundred('offset')
  assert.deepEqual(values(await read(topic, 60, from(topic, 40))), values(numbered(60, 40)))
})

await feature('consume from a timestamp', async () => {
  const topic = await newTopic('timestamp')
  const base = 1_700_000_000_000
  await send(
    topic,
    numbered(100).map((one, i) => ({ ...one, timestamp: BigInt(base + i * 1000) })),
  )
  const asked = consumer()
  const found = await asked.listOffsets({ topics: [topic], timestamp: BigInt(base + 41_500) })
  await asked.close()
  assert.equal(found.get(topic)[0], 42n)
  assert.deepEqual(values(await read(topic, 58, from(topic, 42))), values(numbered(58, 42)))
})

await feature('group of two, rebalanced', async () => {
  const topic = await newTopic('group', 4)
  const options = { groupId: unique('group'), mode: 'committed', fallbackMode: 'earliest' }
  const a = await reader(topic, { ...options, autocommit: 100 })
  await a.untilAssigned(4)
  const b = await reader(topic, { ...options, autocommit: 100 })
  await Promise.all([a.untilAssigned(2), b.untilAssigned(2)])
  await send(topic, numbered(200))
  // What this client has fetched when partitions are taken from it, it still gives: each at least once.
  const all = () => new Set([...values(a.found), ...values(b.found)])
  await until(() => all().size === 200 && a.found.length > 0 && b.found.length > 0)
  await b.close()
  await a.untilAssigned(4)
  await send(topic, numbered(100, 200))
  await until(() => all().size === 300)
  await a.close()
})

/** A group that read 100 records and committed where `offset` is the next. */
async function committedGroup(offset) {
  const topic = await hundred('commit')
  const groupId = unique('group')
  const one = await reader(topic, { groupId })
  await one.until(100)
  const place = { topic, partition: 0, offset: BigInt(offset), leaderEpoch: 0 }
  await one.consumer.commit({ offsets: [place] })
  await one.close()
  return { topic, groupId, mode: 'committed', fallbackMode: 'fail' }
}

async function committed(groupId) {
  const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] })
  return group.topics[0].partitions[0].committedOffset
}

await feature('commit, resume, lag 0', async () => {
  const { topic, ...group } = await committedGroup(50)
  assert.equal(await committed(group.groupId), 50n)
  const one = await reader(topic, group)
  assert.deepEqual(values(await one.until(50)), values(numbered(50, 50)))
  const place = { topic, partition: 0, offset: 100n, leaderEpoch: 0 }
  await one.consumer.commit({ offsets: [place] })
  assert.deepEqual((await one.consumer.getLag({ topics: [topic] })).get(topic), [0n])
  await one.close()
})

await feature('list and describe groups', async () => {
  const groupId = unique('group')
  const one = await reader(await newTopic('described'), { groupId })
  assert.ok((await admin.listGroups()).has(groupId))
  const described = (await admin.describeGroups({ groups: [groupId] })).get(groupId)
  assert.deepEqual([described.state, described.members.size], ['Stable', 1])
  await one.close()
  const after = (await admin.describeGroups({ groups: [groupId] })).get(groupId)
  assert.equal(after.state, 'Empty')
})

await feature('delete a group', async () => {
  const { groupId } = await committedGroup(10)
  await admin.deleteGroups({ groups: [groupId] })
  assert.ok(!(await admin.listGroups()).has(groupId))
})

await feature('reset offsets', async () => {
  const { topic, ...group } = await committedGroup(90)
  const topics = [{ name: topic, partitionOffsets: [{ partition: 0, offset: 30n }] }]
  await admin.alterConsumerGroupOffsets({ groupId: group.groupId, topics })
  assert.deepEqual(values(await read(topic, 70, group)), values(numbered(70, 30)))
})

await feature('delete records', async () => {
  const topic = await hundred('records')
  const partitions = [{ partition: 0, offset: 60n }]
  const [deleted] = await admin.deleteRecords({ topics: [{ name: topic, partitions }] })
  assert.equal(deleted.partitions[0].lowWatermark, 60n)
  assert.deepEqual(values(await read(topic, 40)), values(numbered(40, 60)))
})

await feature('add partitions', async () => {
  const topic = await newTopic('partitions')
  await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: null }] })
  await send(topic, [{ partition: 2, value: 'third' }])
  const [found] = await read(topic, 1)
  assert.deepEqual([found.partition, found.value.toString()], [2, 'third'])
})

await feature('describe and alter configs', async () => {
  const resource = { resourceType: topicType, resourceName: await newTopic('configs') }
  const retention = async () => {
    const resources = [{ ...resource, configurationKeys: ['retention.ms'] }]
    const [described] = await admin.describeConfigs({ resources, includeSynonyms: true })
    return described.configs[0].value
  }
  assert.equal(await retention(), '604800000')
  const configs = [{ name: 'retention.ms', configOperation: setOperation, value: '3600000' }]
  await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs }] })
  assert.equal(await retention(), '3600000')
})

await feature('auto-create a topic', async () => {
  const topic = unique('platformatic-auto')
  await send(topic, numbered(10), { options: { autocreateTopics: true } })
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
  const value = Buffer.alloc(1_100_000)
  await refused(send(topic, [{ value }]), /MESSAGE_TOO_LARGE|too large|larger/i)
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

await admin.close()
process.exit(0)
