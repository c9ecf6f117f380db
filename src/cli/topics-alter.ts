import { usage } from './failure.js'
import { count, pairs, texts } from './options.js'
import { overStore } from './store/over-store.js'
import { storeOptions } from './store/store-options.js'
import { topicAsJson } from './topic-lines.js'
import type { Verb } from './verb.js'
import { counted } from './words.js'

const options = {
  partitions: count('N', 'as many as this, which must be more than there are', [1, 100_000]),
  config: pairs("Kafka's name of a configuration and its value; may be repeated"),
  'delete-config': texts('NAME', 'set back to its default; may be repeated'),
  ...storeOptions,
}

export const topicsAlter: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: [
    'duramen topics alter clicks --config retention.ms=3600000',
    'duramen topics alter clicks --delete-config retention.ms --partitions 8',
  ],
  run: overStore<typeof options>(
    async ({ options: given, argument: name, output, note }, store) => {
      const { json, partitions } = given
      const config = changesOf(given)
      if (partitions === undefined && Object.keys(config).length === 0) {
        throw usage('topics alter needs --config, --delete-config or --partitions')
      }
      const topic = await store.topics.alter(name, { partitions, config })
      if (json) await output.write(`${JSON.stringify(topicAsJson(topic))}\n`)
      else note(`altered the topic ${name}, which has ${counted(topic.partitions, 'partition')}`)
      if (topic.remark !== undefined) note(topic.remark)
      return 0
    },
  ),
}

interface Given {
  readonly config: Readonly<Record<string, string>>
  readonly 'delete-config': readonly string[]
}

function changesOf({
  config,
  'delete-config': deleted,
}: Given): Readonly<Record<string, string | null>> {
  const both = deleted.find((name) => name in config)
  if (both !== undefined) throw usage(`${both} is given to --config and --delete-config; leave one`)
  return { ...config, ...Object.fromEntries(deleted.map((name) => [name, null])) }
}
