import { overStore } from './store/over-store.js'
import { storeOptions } from './store/store-options.js'
import type { Verb } from './verb.js'

export const groupsDelete: Verb<typeof storeOptions> = {
  argument: 'GROUP',
  options: storeOptions,
  examples: [
    'duramen groups delete billing',
    'duramen groups delete billing --bootstrap-server localhost:9092',
  ],
  run: overStore(async ({ options, argument: group, output, note }, store) => {
    await store.groups.delete(group)
    if (options.json) await output.write(`${JSON.stringify({ group, deleted: true })}\n`)
    else note(`deleted the group ${group}`)
    return 0
  }),
}
