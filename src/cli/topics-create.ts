import { count, pairs } from './options.js'
import { overStore } from './store/over-store.js'
import { storeOptions } from './store/store-options.js'
import { topicAsJson } from './topic-lines.js'
import type { Verb } from './verb.js'
import { counted } from './words.js'

const options = {
  partitions: count('N', 'how many (default 1)', [1, 100_000]),
  config: pairs("Kafka's name of a configuration and its value; may be repeated"),
  ...storeOptions,
}

export const topicsCreate: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen topics create clicks --partitions 4',
    'duramen topics create audit --config retention.ms=-1 --config flush.messages=1',
  ],
  run: overStore<typeof options>(async ({ options, argument: name, output, note }, store) => {
    const { json, partitions = 1, config } = options
    const topic = await store.topics.create(name, { partitions, config })
    if (json) await output.write(`${JSON.stringify(topicAsJson(topic))}\n`)
    else note(`made the topic ${name}, with ${counted(topic.partitions, 'partition')}`)
    if (topic.remark !== undefined) note(topic.remark)
    return 0
  }),
}
