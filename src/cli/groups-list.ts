import { GroupReader } from './group-reader.js'
import { table } from './table.js'
import type { Verb } from './verb.js'

const options = {}

export const groupsList: Verb<typeof options> = {
  options,
  examples: ['duramen groups list', 'duramen groups list --dir /var/lib/kafka --json'],
  async run(call) {
    const { options, output } = call
    const groups = await (await GroupReader.open(options.dir, call)).list()
    const rows = groups.map(({ groupId: group, state, members }) => ({
      group,
      state,
      members: members.length,
    }))
    await output.write(
      options.json
        ? `${JSON.stringify(rows)}\n`
        : table(
            ['GROUP', 'STATE', 'MEMBERS'],
            rows.map((row) => Object.values(row).map(String)),
            output.isTerminal,
          ),
    )
    return 0
  },
}
