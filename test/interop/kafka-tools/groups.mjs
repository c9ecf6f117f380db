// Groups, by Kafka's tools.
import assert from 'node:assert/strict'
import { feature, numbered, unique } from '../feature.mjs'
import { linesOf, staying, tool } from './tools.mjs'
import { hundred, newTopic, read, send, valuesOf, verifiably } from './topics.mjs'

/** A group that has read and committed `count` of 100 records. */
async function committed(count) {
  const topic = await hundred('commit')
  const group = unique('group')
  const found = await read(topic, count, [], '--from-beginning', '--group', group)
  assert.deepEqual(found, valuesOf(numbered(count)))
  return { topic, group }
}

const groups = (...args) => tool('kafka-consumer-groups', args)

const state = async (group) => {
  const listed = linesOf(await groups('--list', '--state'))
  return listed.find((one) => one.startsWith(`${group} `))?.split(/\s+/)[1]
}

/** kafka-verifiable-consumer as a member that reads on. */
function member(topic, group) {
  const args = ['--topic', topic, '--group-id', group, '--session-timeout', '6000', '--verbose']
  const one = staying('kafka-verifiable-consumer', args)
  const said = (name) => one.lines.map((line) => JSON.parse(line)).filter((e) => e.name === name)
  const count = (name) => said(name).reduce((sum, { partitions }) => sum + partitions.length, 0)
  return {
    ...one,
    values: () => said('record_data').map(({ value }) => value),
    untilAssigned: (wanted) =>
      one.until(() => count('partitions_assigned') - count('partitions_revoked') === wanted),
  }
}

async function rebalanced() {
  const topic = await newTopic('group', 4)
  const group = unique('group')
  const numbers = numbered(200).map(({ key }) => key)
  const a = member(topic, group)
  await a.untilAssigned(4)
  const b = member(topic, group)
  await Promise.all([a.untilAssigned(2), b.untilAssigned(2)])
  await send(
    topic,
    numbers.map((value) => ({ key: value, value })),
  )
  const both = () => [...a.values(), ...b.values()]
  await a.until(() => both().length >= 200)
  assert.ok(a.values().length > 0 && b.values().length > 0)
  assert.deepEqual(both().sort(), numbers.toSorted())
  await b.end()
  await a.untilAssigned(4)
  const before = a.values().length
  await verifiably(topic, 100, '--value-prefix', '1')
  await a.until(() => a.values().length >= before + 100)
  const after = numbered(100).map(({ key }) => `1.${key}`)
  assert.deepEqual(a.values().slice(before).sort(), after.sort())
  await a.end()
}

export async function groupFeatures() {
  await feature('group of two, rebalanced', rebalanced)
  await feature('commit, resume, lag 0', async () => {
    const { topic, group } = await committed(50)
    const found = await read(topic, 50, [], '--group', group)
    assert.deepEqual(found, valuesOf(numbered(50, 50)))
    const described = linesOf(await groups('--describe', '--group', group)).at(-1)
    assert.deepEqual(described.split(/\s+/).slice(0, 6), [group, topic, '0', '100', '100', '0'])
  })
  await feature('list and describe groups', async () => {
    const topic = await hundred('described')
    const group = unique('group')
    const options = ['--topic', topic, '--group', group, '--from-beginning']
    const one = staying('kafka-console-consumer', options)
    await one.until(() => one.lines.length === 100)
    assert.equal(await state(group), 'Stable')
    const members = await groups('--describe', '--group', group, '--members')
    assert.match(members, new RegExp(`^${group} +console-consumer-.* 1 *$`, 'm'))
    await one.end()
    assert.equal(await state(group), 'Empty')
  })
  await feature('delete a group', async () => {
    const { group } = await committed(10)
    await groups('--delete', '--group', group)
    assert.ok(!linesOf(await groups('--list')).includes(group))
  })
  await feature('reset offsets', async () => {
    const { topic, group } = await committed(90)
    const of = ['--group', group, '--topic', topic]
    await groups('--reset-offsets', ...of, '--to-offset', '30', '--execute')
    const found = await read(topic, 70, [], '--group', group)
    assert.deepEqual(found, valuesOf(numbered(70, 30)))
    assert.match(await groups('--delete-offsets', ...of), /Request succeeded/)
  })
}
