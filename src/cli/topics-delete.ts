import { overStore } from './store/over-store.js'
import { storeOptions } from './store/store-options.js'
import type { Verb } from './verb.js'

export const topicsDelete: Verb<typeof storeOptions> = {
  argument: 'TOPIC',
  options: storeOptions,
  examples: [
    'duramen topics delete clicks --dir /var/lib/kafka',
    'duramen topics delete clicks --bootstrap-server localhost:9092',
  ],
  run: overStore(async ({ options: { json }, argument: name, output, note }, store) => {
    const id = await store.topics.delete(name)
    if (json) await output.write(`${JSON.stringify({ name, id, deleted: true })}\n`)
    else note(`deleted the topic ${name}`)
    return 0
  }),
}
