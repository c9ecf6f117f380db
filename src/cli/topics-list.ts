import { overStore } from './store/over-store.js'
import { storeOptions } from './store/store-options.js'
import { table } from './table.js'
import type { Verb } from './verb.js'

export const topicsList: Verb<typeof storeOptions> = {
  options: storeOptions,
  examples: [
    'duramen topics list --dir /var/lib/kafka',
    'duramen topics list --bootstrap-server localhost:9092 --json',
  ],
  run: overStore(async ({ options: { json }, output }, store) => {
    const topics = (await store.topics.list()).map(({ name, partitions }) => ({
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
  }),
}
