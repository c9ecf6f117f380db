import { type Topic, TopicCatalog } from '../topic/index.js'
import { noteUnapplied } from './note-unapplied.js'
import { readPartition } from './read-partition.js'
import { table } from './table.js'
import { topicAsJson, topicAsRow, topicHeadings } from './topic-lines.js'
import type { Call, Verb } from './verb.js'

const options = {}

export const topicsDescribe: Verb<typeof options> = {
  argument: '[TOPIC]',
  options,
  examples: ['duramen topics describe', 'duramen topics describe clicks --json'],
  async run(call) {
    const { options, argument: name, output } = call
    const catalog = await TopicCatalog.open(options.dir, { readOnly: true })
    if (name !== '') return describeOne(catalog.get(name), call)
    const topics = catalog.list()
    await output.write(
      options.json
        ? `${JSON.stringify(topics.map(topicAsJson))}\n`
        : table(topicHeadings, topics.map(topicAsRow), output.isTerminal),
    )
    return 0
  },
}

/** As a line of `describe`, and behind an empty line its partitions. */
async function describeOne(
  topic: Topic,
  { options: { dir, json }, output, note, signal }: Call<typeof options>,
): Promise<0> {
  noteUnapplied(topic, note)
  const partitions: PartitionState[] = []
  for (let number = 0; number < topic.partitions && !signal.aborted; number++) {
    partitions.push(await stateOf(dir, topic.name, number))
  }
  const asJson = { ...topicAsJson(topic), partitions }
  if (json) await output.write(`${JSON.stringify(asJson)}\n`)
  else {
    await output.write(table(topicHeadings, [topicAsRow(topic)], output.isTerminal))
    const rows = partitions.map((state) => Object.values(state).map(String))
    await output.write(`\n${table(partitionHeadings, rows, output.isTerminal)}`)
  }
  return 0
}

const partitionHeadings = ['PARTITION', 'LOG START', 'LOG END', 'SEGMENTS', 'BYTES']

/** In the order of the headings. */
interface PartitionState {
  readonly partition: number
  readonly logStartOffset: number
  /** Where readers end. */
  readonly logEndOffset: number
  readonly segments: number
  readonly bytes: number
}

/** Of one that has no directory yet, the same as of an empty one. */
async function stateOf(dir: string, topic: string, partition: number): Promise<PartitionState> {
  const state = await readPartition(dir, { topic, partition }, (log) => {
    const { logStartOffset, highWatermark: logEndOffset, info } = log
    const { segmentCount: segments, logBytes: bytes } = info
    return { partition, logStartOffset, logEndOffset, segments, bytes }
  })
  return state ?? { partition, logStartOffset: 0, logEndOffset: 0, segments: 0, bytes: 0 }
}
