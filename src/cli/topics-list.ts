import { TopicCatalog } from '../topic/index.js'
import { table } from './table.js'
import type { Verb } from './verb.js'

const options = {}

export const topicsList: Verb<typeof options> = {
  options,
  examples: ['duramen topics list --dir /var/lib/kafka', 'duramen topics list --json'],
  async run({ options: { dir, json }, output }) {
    const catalog = await TopicCatalog.open(dir, { readOnly: true })
    const topics = catalog.list().map(({ name, partitions }) => ({
      name,
      partitions: Array.from({ length: partitions }, (_, number) => number),
    }))
    await output.write(
      json
        ? `${JSON.stringify(topics)}\n`
        : table(
            ['TOPIC'],
            topics.map(({ name }) => [name]),
            output.isTerminal,
          ),
    )
    return 0
  },
}
