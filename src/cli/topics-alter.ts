import { changedOverrides, type TopicConfigInput } from '../config/topic-config.js'
import { preparePartitions, TopicCatalog } from '../topic/index.js'
import { usage } from './failure.js'
import { noteUnapplied } from './note-unapplied.js'
import { count, pairs, texts } from './options.js'
import { topicAsJson } from './topic-lines.js'
import type { Verb } from './verb.js'
import { counted } from './words.js'

const options = {
  partitions: count('N', 'as many as this, which must be more than there are', [1, 100_000]),
  config: pairs("Kafka's name of a configuration and its value; may be repeated"),
  'delete-config': texts('NAME', 'set back to its default; may be repeated'),
}

export const topicsAlter: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen topics alter clicks --config retention.ms=3600000',
    'duramen topics alter clicks --delete-config retention.ms --partitions 8',
  ],
  async run({ options: given, argument: name, output, note }) {
    const { dir, json, partitions } = given
    const changes = changesOf(given)
    if (partitions === undefined && Object.keys(changes).length === 0) {
      throw usage('topics alter needs --config, --delete-config or --partitions')
    }
    // Before anything is written there, or half of it is done.
    const reader = await TopicCatalog.open(dir, { readOnly: true })
    changedOverrides(reader.get(name).config, changes)
    const catalog = await TopicCatalog.open(dir)
    try {
      if (partitions !== undefined) await catalog.addPartitions(name, partitions)
      const topic = await catalog.alter(name, changes)
      await preparePartitions(dir, topic, [...Array(topic.partitions).keys()])
      if (json) await output.write(`${JSON.stringify(topicAsJson(topic))}\n`)
      else note(`altered the topic ${name}, which has ${counted(topic.partitions, 'partition')}`)
      noteUnapplied(topic, note)
      return 0
    } finally {
      await catalog.close()
    }
  },
}

interface Given {
  readonly config: Readonly<Record<string, string>>
  readonly 'delete-config': readonly string[]
}

function changesOf({ config, 'delete-config': deleted }: Given): TopicConfigInput {
  const both = deleted.find((name) => name in config)
  if (both !== undefined) throw usage(`${both} is given to --config and --delete-config; leave one`)
  return { ...config, ...Object.fromEntries(deleted.map((name) => [name, null])) }
}
