// Apache Kafka's tools for the shell against the broker, by what they print.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap, feature, numbered, records, refused, unique } from '../feature.mjs'
import { groupFeatures } from './groups.mjs'
import { linesOf, staying, tool } from './tools.mjs'
import { hundred, newTopic, read, send, valuesOf, verifiably } from './topics.mjs'

const base = 1_700_000_000_000

const orNull = (bytes) => (bytes === null ? 'NULL' : `${bytes}`)

/** A record as the console producer reads it and the console consumer prints it. */
function line({ key, value, headers }, none) {
  const pairs = Object.entries(headers).map(([name, header]) => `${name}:${header}`)
  return [pairs.join(',') || none, orNull(key), orNull(value)].join('\t')
}

async function roundTrip(name, ...options) {
  const topic = unique(`tools-${name}`)
  const sent = records(300)
  const text = sent.map((one) => `${line(one, 'NULL')}\n`).join('')
  const parsing = ['parse.key=true', 'parse.headers=true', 'null.marker=NULL']
  const properties = parsing.flatMap((one) => ['--property', one])
  await tool('kafka-console-producer', ['--topic', topic, ...properties, ...options], text)
  const found = await read(topic, 300, ['print.key', 'print.headers'], '--from-beginning')
  assert.deepEqual(
    found,
    sent.map((one) => line(one, 'NO_HEADERS')),
  )
}

async function offsets(topic, time) {
  const found = await tool('kafka-get-offsets', ['--topic', topic, '--time', `${time}`])
  return linesOf(found).map((one) => Number(one.split(':').at(-1)))
}

await feature('connect and list topics', async () => {
  const topic = await newTopic('list', 1)
  assert.match(await tool('kafka-broker-api-versions', []), /Produce\(0\): \d+ to \d+ \[usable/)
  assert.ok(linesOf(await tool('kafka-topics', ['--list'])).includes(topic))
})
await feature('create, describe and delete a topic', async () => {
  const topic = await newTopic('made', 3)
  assert.match(
    await tool('kafka-topics', ['--describe', '--topic', topic]),
    /PartitionCount: 3\tReplicationFactor: 1/,
  )
  await refused(tool('kafka-topics', ['--create', '--topic', topic]), /already exists/)
  await tool('kafka-topics', ['--delete', '--topic', topic])
  assert.ok(!linesOf(await tool('kafka-topics', ['--list'])).includes(topic))
})

await feature('keys, headers and nulls', () => roundTrip('nulls'))
for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  await feature(`codec ${codec}`, () => roundTrip(`codec-${codec}`, '--compression-codec', codec))
}
await feature('acks 0', () => roundTrip('acks-0', '--request-required-acks', '0'))
await feature('acks 1', async () => {
  await roundTrip('acks-1', '--request-required-acks', '1')
  const topic = unique('tools-verifiable')
  const said = await verifiably(topic, 100, '--acks', '1')
  const stored = said.filter(({ name }) => name === 'producer_send_success')
  assert.deepEqual(
    stored.map(({ offset }) => offset),
    numbered(100).map((_, i) => i),
  )
})
await feature('acks all', async () => {
  await roundTrip('acks-all', '--request-required-acks', 'all')
  const topic = unique('tools-perf')
  const size = ['--num-records', '1000', '--record-size', '100', '--throughput', '-1']
  const props = ['--producer-props', `bootstrap.servers=${bootstrap}`, 'acks=all']
  const sent = await tool('kafka-producer-perf-test', ['--topic', topic, ...size, ...props])
  assert.match(sent, /^1000 records sent/)
  const read = await tool('kafka-consumer-perf-test', ['--topic', topic, '--messages', '1000'])
  assert.equal(linesOf(read).at(-1).split(', ')[4], '1000')
})
await feature('idempotent producer', () =>
  roundTrip('idempotent', '--producer-property', 'enable.idempotence=true'),
)

await feature('consume from the beginning', async () => {
  const found = await read(await hundred('beginning'), 100, ['print.offset'], '--from-beginning')
  assert.deepEqual(
    found,
    numbered(100).map(({ key, value }) => `Offset:${key}\t${value}`),
  )
})
await feature('consume from the latest', async () => {
  const topic = await hundred('latest')
  const writer = staying('kafka-console-producer', ['--topic', topic, '--timeout', '0'])
  // Nobody is told when the consumer has found the end, so lines come until it has read some.
  let next = 100
  const writing = setInterval(() => writer.write(`n${next++}\n`), 50)
  const found = await read(topic, 10, [], '--partition', '0', '--offset', 'latest')
  clearInterval(writing)
  await writer.end()
  const first = Number(found[0].slice(1))
  assert.ok(first >= 100)
  assert.deepEqual(found, valuesOf(numbered(10, first)))
})
await feature('consume from an offset', async () => {
  const found = await read(await hundred('offset'), 60, [], '--partition', '0', '--offset', '40')
  assert.deepEqual(found, valuesOf(numbered(60, 40)))
})
await feature('consume from a timestamp', async () => {
  const topic = unique('tools-timestamp')
  await verifiably(topic, 50, '--message-create-time', `${base}`)
  await verifiably(topic, 50, '--message-create-time', `${base + 1_000_000}`)
  const [at] = await offsets(topic, base + 500_000)
  assert.equal(at, 50)
  const found = await read(topic, 50, ['print.timestamp'], '--partition', '0', '--offset', `${at}`)
  const [time, value] = found[0].split('\t')
  assert.ok(Number(time.slice('CreateTime:'.length)) >= base + 1_000_000)
  assert.equal(value, '0')
})

await groupFeatures()

await feature('add partitions', async () => {
  const topic = await hundred('partitions')
  await tool('kafka-topics', ['--alter', '--topic', topic, '--partitions', '3'])
  await send(topic, numbered(100, 100))
  const found = await read(topic, 200, ['print.partition'], '--from-beginning')
  const [partitions, values] = [0, 1].map((i) => found.map((one) => one.split('\t')[i]))
  assert.deepEqual([...new Set(partitions)].sort(), ['Partition:0', 'Partition:1', 'Partition:2'])
  assert.deepEqual(values.sort(), valuesOf(numbered(200)).sort())
})
await feature('describe and alter configs', async () => {
  const topic = await newTopic('configs', 1)
  const of = ['--entity-type', 'topics', '--entity-name', topic]
  const retention = async () => {
    const all = await tool('kafka-configs', ['--describe', '--all', ...of])
    return /^ *retention\.ms=(\d+) .* synonyms=\{(\w+)/m.exec(all)?.slice(1)
  }
  const alter = (...change) => tool('kafka-configs', ['--alter', ...of, ...change])
  assert.deepEqual((await retention())?.[0], '604800000')
  await alter('--add-config', 'retention.ms=3600000')
  assert.deepEqual(await retention(), ['3600000', 'DYNAMIC_TOPIC_CONFIG'])
  await alter('--delete-config', 'retention.ms')
  assert.deepEqual((await retention())?.[0], '604800000')
  const broker = ['--entity-type', 'brokers', '--entity-name', '1', '--all']
  assert.match(await tool('kafka-configs', ['--describe', ...broker]), /^ *log\.retention\.ms=/m)
})
await feature('auto-create a topic', async () => {
  const topic = unique('tools-auto')
  await send(topic, numbered(10))
  assert.deepEqual(await read(topic, 10, [], '--from-beginning'), valuesOf(numbered(10)))
})
await feature('record of 900 kB', async () => {
  const topic = unique('tools-large')
  const value = 'large '.repeat(150_000)
  await send(topic, [{ key: 'k', value }])
  assert.deepEqual(await read(topic, 1, [], '--from-beginning'), [value])
})
await feature('too large a record is refused', async () => {
  const topic = await newTopic('too-large', 1)
  const big = [{ key: 'k', value: 'x'.repeat(1_100_000) }]
  const options = ['--sync', '--producer-property', 'max.request.size=2000000']
  await refused(send(topic, big, ...options), /RecordTooLargeException/)
  assert.deepEqual(await offsets(topic, -1), [0])
})
await feature('delete records', async () => {
  const topic = await hundred('records')
  const asked = { version: 1, partitions: [{ topic, partition: 0, offset: 60 }] }
  const folder = mkdtempSync(join(tmpdir(), 'duramen-interop-'))
  const file = join(folder, 'offsets.json')
  writeFileSync(file, JSON.stringify(asked))
  const deleted = await tool('kafka-delete-records', ['--offset-json-file', file])
  rmSync(folder, { recursive: true })
  assert.match(deleted, /low_watermark: 60/)
  assert.deepEqual(await offsets(topic, -2), [60])
  const found = await read(topic, 40, [], '--from-beginning')
  assert.deepEqual(found, valuesOf(numbered(40, 60)))
  const folders = await tool('kafka-log-dirs', ['--describe', '--topic-list', topic])
  const { brokers } = JSON.parse(linesOf(folders).at(-1))
  assert.equal(brokers[0].logDirs[0].partitions[0].partition, `${topic}-0`)
})
await feature('100 partitions', async () => {
  const topic = await newTopic('many', 100)
  await send(topic, numbered(1000))
  const found = await read(topic, 1000, ['print.partition'], '--from-beginning')
  const [partitions, values] = [0, 1].map((i) => found.map((one) => one.split('\t')[i]))
  assert.equal(new Set(partitions).size, 100)
  assert.deepEqual(values.sort(), valuesOf(numbered(1000)).sort())
})
process.exit(0)
