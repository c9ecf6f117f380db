import { overStore } from './store/over-store.js'
import { storeOptions } from './store/store-options.js'
import { table } from './table.js'
import type { Verb } from './verb.js'

export const groupsList: Verb<typeof storeOptions> = {
  options: storeOptions,
  examples: [
    'duramen groups list --dir /var/lib/kafka --json',
    'duramen groups list --bootstrap-server localhost:9092',
  ],
  run: overStore(async ({ options, output }, store) => {
    const rows = (await store.groups.list()).map(({ groupId: group, state, members }) => ({
      group,
      state,
      members: members?.length ?? null,
    }))
    await output.write(
      options.json
        ? `${JSON.stringify(rows)}\n`
        : table(
            ['GROUP', 'STATE', 'MEMBERS'],
            rows.map((row) => Object.values(row).map((field) => String(field ?? '-'))),
            output.isTerminal,
          ),
    )
    return 0
  }),
}
