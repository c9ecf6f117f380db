import { freeGroup } from './free-group.js'
import { GroupReader } from './group-reader.js'
import { openEngine } from './open-engine.js'
import type { Verb } from './verb.js'

const options = {}

export const groupsDelete: Verb<typeof options> = {
  argument: 'GROUP',
  options,
  examples: ['duramen groups delete billing'],
  async run(call) {
    const { options, argument: group, output, note } = call
    // Before anything is written there.
    await (await GroupReader.open(options.dir, call)).get(group)
    const engine = await openEngine(options.dir)
    try {
      const coordinator = await engine.groups()
      await freeGroup(coordinator, group)
      await coordinator.delete(group)
      if (options.json) await output.write(`${JSON.stringify({ group, deleted: true })}\n`)
      else note(`deleted the group ${group}`)
      return 0
    } finally {
      await engine.close()
    }
  },
}
