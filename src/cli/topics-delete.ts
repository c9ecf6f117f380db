import { TopicCatalog } from '../topic/index.js'
import type { Verb } from './verb.js'

const options = {}

export const topicsDelete: Verb<typeof options> = {
  argument: 'TOPIC',
  options,
  examples: ['duramen topics delete clicks --dir /var/lib/kafka'],
  async run({ options: { dir, json }, argument: name, output, note }) {
    // Before anything is written there.
    const reader = await TopicCatalog.open(dir, { readOnly: true })
    const { id } = reader.get(name)
    const catalog = await TopicCatalog.open(dir)
    try {
      await catalog.delete(name)
      if (json) await output.write(`${JSON.stringify({ name, id, deleted: true })}\n`)
      else note(`deleted the topic ${name}`)
      return 0
    } finally {
      await catalog.close()
    }
  },
}
