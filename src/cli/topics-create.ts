import { changedOverrides } from '../config/topic-config.js'
import { makeDataDirectory, preparePartitions, TopicCatalog } from '../topic/index.js'
import { checkTopicName } from '../topic/topic-name.js'
import { noteUnapplied } from './note-unapplied.js'
import { count, pairs } from './options.js'
import { topicAsJson } from './topic-lines.js'
import type { Verb } from './verb.js'
import { counted } from './words.js'

const options = {
  partitions: count('N', 'how many (default 1)', [1, 100_000]),
  config: pairs("Kafka's name of a configuration and its value; may be repeated"),
}

export const topicsCreate: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen topics create clicks --partitions 4',
    'duramen topics create audit --config retention.ms=-1 --config flush.messages=1',
  ],
  async run({ options: { dir, json, partitions, config }, argument: name, output, note }) {
    // Before a directory is made for nothing.
    checkTopicName(name)
    changedOverrides({}, config)
    await makeDataDirectory(dir)
    const catalog = await TopicCatalog.open(dir)
    try {
      const topic = await catalog.create(name, { partitions, config })
      await preparePartitions(dir, topic, [...Array(topic.partitions).keys()])
      if (json) await output.write(`${JSON.stringify(topicAsJson(topic))}\n`)
      else note(`made the topic ${name}, with ${counted(topic.partitions, 'partition')}`)
      noteUnapplied(topic, note)
      return 0
    } finally {
      await catalog.close()
    }
  },
}
