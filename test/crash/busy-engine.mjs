// An engine in which topics are made, records sent and offsets committed for ever; says what it
// begins and what was acknowledged, a line each, so that its killer knows what must be there. Needs
// dist/.
import { writeSync } from 'node:fs'
import { open } from '../../dist/index.js'

const { directory, flush, turn: first } = JSON.parse(process.argv[2])
// At once, and not when the event loop comes round: what was begun must have been said.
const say = (...words) => writeSync(1, `${words.join(' ')}\n`)

const engine = await open(directory, { flush, groups: { offsetsTopicNumPartitions: 3 } })
say('opened')
const producer = engine.producer({ batchSize: 200 })
const consumer = engine.consumer({ groupId: 'group', enableAutoCommit: false })
const names = () =>
  engine
    .topics()
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('_'))

async function makeTopic(name) {
  say('begin', name)
  await engine.createTopic(name, { partitions: 2, config: { segmentBytes: 8192 } })
  say('created', name)
}

async function send(topic, value) {
  const { partition, offset } = await producer.send(topic, { value })
  say('sent', topic, partition, offset, value)
}

async function commit(topic, offset) {
  say('commit', topic, offset)
  await consumer.commit([{ topic, partition: 0, offset }])
  say('committed', topic, offset)
}

for (let turn = first; ; turn++) {
  const name = `topic-${turn - (turn % 20)}`
  if (!names().includes(name)) await makeTopic(name)
  const recent = names().slice(-3)
  const sends = recent.flatMap((name) =>
    ['a', 'b', 'c'].map((each) => send(name, `${turn}${each}`)),
  )
  await Promise.all([...sends, ...recent.map((name) => commit(name, turn))])
  say('turn', turn)
}
