// kcat: a program for the shell on librdkafka, so that what it does is asked of it as a shell would.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../../../scripts/tools.mjs'
import { bootstrap, feature, notHere, numbered, records, unique } from '../feature.mjs'
import { staying } from './staying.mjs'

const limitMs = 30_000

/** What kcat prints; `input` is what it reads. @throws Error with its complaint where it fails */
function kcat(args, input = '') {
  const options = { input, timeout: limitMs, maxBuffer: 1 << 26 }
  const { status, stdout, stderr } = spawnSync('kcat', ['-b', bootstrap, ...args], options)
  if (status === 0) return stdout.toString()
  throw new Error(`kcat ${args.join(' ')}: ${stderr.toString().slice(-200)}`)
}

const metadata = () => JSON.parse(kcat(['-L', '-J']))
const text = (messages) => messages.map(({ key, value }) => `${key}|${value}\n`).join('')
const lines = (output) => output.split('\n').slice(0, -1)
const values = (messages) => messages.map(({ value }) => value)

/** Topics come into being by being written to. */
function send(topic, messages, ...args) {
  kcat(['-P', '-t', topic, '-K', '|', ...args], text(messages))
}

/** Topics of more than one partition kcat writes to, and cannot make. */
function newTopic(name, partitions) {
  const topic = unique(`kcat-${name}`)
  const args = [
    'topics',
    'create',
    topic,
    '--partitions',
    partitions,
    '--bootstrap-server',
    bootstrap,
  ]
  const duramen = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args])
  assert.equal(duramen.status, 0, duramen.stderr.toString())
  return topic
}

function read(topic, ...args) {
  return lines(kcat(['-C', '-t', topic, '-e', '-f', '%s\n', ...args]))
}

async function roundTrip(name, ...args) {
  const topic = unique(`kcat-${name}`)
  send(topic, numbered(300), ...args)
  assert.deepEqual(read(topic), values(numbered(300)))
}

await feature('connect and list topics', () => {
  const topic = unique('kcat-list')
  send(topic, numbered(1))
  assert.ok(metadata().topics.some((one) => one.topic === topic))
})
await feature('keys, headers and nulls', () => {
  const topic = unique('kcat-nulls')
  // One run a record, since headers and nulls are options: of 300 records, the first 30.
  const sent = records(30)
  for (const { key, value, headers } of sent) {
    const given = Object.entries(headers).flatMap(([name, header]) => ['-H', `${name}=${header}`])
    const asNull = key === null || value === null ? ['-Z'] : []
    kcat(['-P', '-t', topic, '-K', '|', ...asNull, ...given], `${key ?? ''}|${value ?? ''}\n`)
  }
  const found = lines(kcat(['-C', '-t', topic, '-e', '-J'])).map((line) => JSON.parse(line))
  assert.equal(found.length, sent.length)
  for (const [i, { key, value, headers }] of sent.entries()) {
    assert.equal(found[i].key, key === null ? null : `${key}`)
    assert.equal(found[i].payload, value === null ? null : `${value}`)
    const pairs = Object.entries(headers).flatMap(([name, header]) => [name, `${header}`])
    assert.deepEqual(found[i].headers ?? [], pairs)
  }
})

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  await feature(`codec ${codec}`, () => roundTrip(`codec-${codec}`, '-z', codec))
}
for (const acks of ['0', '1', 'all']) {
  await feature(`acks ${acks}`, () => roundTrip(`acks-${acks}`, '-X', `acks=${acks}`))
}
await feature('idempotent producer', () => roundTrip('idempotent', '-X', 'enable.idempotence=true'))

/** A topic with 100 numbered records. */
function hundred(name) {
  const topic = unique(`kcat-${name}`)
  send(topic, numbered(100))
  return topic
}

await feature('consume from the beginning', () => {
  const offsets = lines(
    kcat(['-C', '-t', hundred('beginning'), '-e', '-o', 'beginning', '-f', '%o\n']),
  )
  assert.deepEqual(
    offsets,
    numbered(100).map(({ key }) => key),
  )
})
await feature('consume from the latest', () => {
  const topic = hundred('latest')
  assert.deepEqual(read(topic, '-o', 'end'), [])
  assert.deepEqual(read(topic, '-o', '-10'), values(numbered(10, 90)))
})
await feature('consume from an offset', () => {
  assert.deepEqual(read(hundred('offset'), '-o', '40'), values(numbered(60, 40)))
})
await feature('consume from a timestamp', () => {
  const topic = hundred('timestamp')
  const times = lines(kcat(['-C', '-t', topic, '-e', '-f', '%T\n'])).map(Number)
  send(topic, numbered(50, 100))
  const after = times.at(-1) + 1
  assert.deepEqual(read(topic, '-o', `s@${after}`), values(numbered(50, 100)))
  assert.match(kcat(['-Q', '-t', `${topic}:0:${after}`]), /offset 100$/m)
})

/** What a member of a group gets: it leaves when nothing more is there. */
function member(topic, group, ...args) {
  const options = ['-X', 'auto.offset.reset=earliest', '-e', '-f', '%s\n', ...args]
  return lines(kcat(['-G', group, ...options, topic]))
}

await feature('commit, resume, lag 0', () => {
  const topic = hundred('group')
  const group = unique('group')
  assert.deepEqual(member(topic, group), values(numbered(100)))
  send(topic, numbered(50, 100))
  assert.deepEqual(member(topic, group), values(numbered(50, 100)))
  assert.deepEqual(member(topic, group), [])
})
await feature('group of two, rebalanced', async () => {
  const topic = newTopic('group', 4)
  const group = unique('group')
  const a = staying(topic, group)
  await a.untilAssigned(4)
  const b = staying(topic, group)
  await Promise.all([a.untilAssigned(2), b.untilAssigned(2)])
  send(topic, numbered(200))
  await a.until(() => a.found.length + b.found.length >= 200)
  assert.ok(a.found.length > 0 && b.found.length > 0)
  assert.deepEqual([...a.found, ...b.found].sort(), values(numbered(200)).sort())
  await b.leave()
  await a.untilAssigned(4)
  const before = a.found.length
  send(topic, numbered(100, 200))
  await a.until(() => a.found.length >= before + 100)
  assert.deepEqual(a.found.slice(before).sort(), values(numbered(100, 200)).sort())
  await a.leave()
})
await feature('reset offsets', () => {
  const topic = hundred('reset')
  const group = unique('group')
  assert.deepEqual(member(topic, group), values(numbered(100)))
  assert.deepEqual(member(topic, group, '-o', '30', '-c', '20'), values(numbered(20, 30)))
  assert.deepEqual(member(topic, group), values(numbered(50, 50)))
  return 'by a member that starts at an offset'
})
await feature('auto-create a topic', () => roundTrip('auto'))
await feature('record of 900 kB', () => {
  const topic = unique('kcat-large')
  const value = 'large '.repeat(150_000)
  send(topic, [{ key: '', value }])
  assert.deepEqual(read(topic), [value])
})
await feature('too large a record is refused', () => {
  const topic = unique('kcat-too-large')
  const big = [{ key: '', value: 'x'.repeat(1_100_000) }]
  assert.throws(() => send(topic, big, '-X', 'message.max.bytes=2000000'), /too large/i)
})
await feature('100 partitions', () => {
  const topic = newTopic('many', 100)
  for (let i = 0; i < 100; i++) send(topic, numbered(10, 10 * i), '-p', i)
  const found = lines(kcat(['-C', '-t', topic, '-e', '-f', '%p %s\n']))
  const wanted = numbered(1000).map(({ key, value }) => `${Math.floor(key / 10)} ${value}`)
  assert.deepEqual(found.sort(), wanted.sort())
})
for (const name of [
  'create, describe and delete a topic',
  'list and describe groups',
  'delete a group',
  'delete records',
  'add partitions',
  'describe and alter configs',
]) {
  notHere(name)
}
