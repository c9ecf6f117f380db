// Makes, changes and deletes topics for ever; says what it begins and what is done, a line each, so
// that its killer knows what must be there. Needs dist/.
import { writeSync } from 'node:fs'
import { PartitionLog } from '../../dist/log/index.js'
import { preparePartitions, TopicCatalog } from '../../dist/topic/index.js'

const [directory, from] = process.argv.slice(2)
const catalog = await TopicCatalog.open(directory)
// At once, and not when the event loop comes round: what was begun must have been said.
const say = (...words) => writeSync(1, `${words.join(' ')}\n`)

async function step(what, name, value, work) {
  say('begin', what, name, value)
  await work()
  say('done', what, name, value)
}

async function fill(name) {
  const topic = catalog.get(name)
  const numbers = Array.from({ length: topic.partitions }, (_, number) => number)
  const [path] = await preparePartitions(directory, topic, numbers)
  const log = await PartitionLog.open(path, { flush: 'os' })
  log.appendSync({ value: name })
  return log
}

for (let turn = Number(from); ; turn++) {
  const name = `t-${turn % 4}`
  if (catalog.find(name) === undefined) {
    const topic = { partitions: 3, config: { retentionMs: turn } }
    await step('create', name, turn, () => catalog.create(name, topic))
  }
  const log = await fill(name)
  await step('alter', name, turn + 1, () => catalog.alter(name, { retentionMs: turn + 1 }))
  const total = catalog.get(name).partitions + 1
  await step('add', name, total, () => catalog.addPartitions(name, total))
  if (turn % 2 === 0) await step('delete', name, 0, () => catalog.delete(name, () => log.close()))
  else await log.close()
}
