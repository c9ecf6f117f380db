import { overStore } from './store/over-store.js'
import type { DescribedTopic, PartitionState } from './store/store.js'
import { storeOptions } from './store/store-options.js'
import { table } from './table.js'
import { topicAsJson, topicAsRow, topicHeadings } from './topic-lines.js'
import type { Context, Verb } from './verb.js'

export const topicsDescribe: Verb<typeof storeOptions> = {
  argument: '[TOPIC]',
  options: storeOptions,
  examples: [
    'duramen topics describe',
    'duramen topics describe clicks --bootstrap-server localhost:9092 --json',
  ],
  run: overStore(async (call, store) => {
    const { options, argument: name, output } = call
    if (name !== '') {
      const topic = await store.topics.get(name)
      await describeOne(topic, await store.topics.states(topic), options.json, call)
      return 0
    }
    const topics = await store.topics.describe()
    await output.write(
      options.json
        ? `${JSON.stringify(topics.map(topicAsJson))}\n`
        : table(topicHeadings, topics.map(topicAsRow), output.isTerminal),
    )
    return 0
  }),
}

const partitionHeadings = ['PARTITION', 'LOG START', 'LOG END', 'SEGMENTS', 'BYTES']

/** As a line of `describe`, and behind an empty line its partitions. */
async function describeOne(
  topic: DescribedTopic,
  partitions: readonly PartitionState[],
  json: boolean,
  { output, note }: Context,
): Promise<void> {
  if (topic.remark !== undefined) note(topic.remark)
  if (json) {
    await output.write(`${JSON.stringify({ ...topicAsJson(topic), partitions })}\n`)
    return
  }
  await output.write(table(topicHeadings, [topicAsRow(topic)], output.isTerminal))
  const rows = partitions.map((state) =>
    [
      state.partition,
      state.logStartOffset,
      state.logEndOffset,
      state.segments ?? '-',
      state.bytes ?? '-',
    ].map(String),
  )
  await output.write(`\n${table(partitionHeadings, rows, output.isTerminal)}`)
}
