import type { Topic } from '../topic/index.js'

/** What was asked of a topic, is stored, and does nothing yet. */
export function noteUnapplied({ name, config }: Topic, note: (message: string) => void): void {
  if (!config.cleanupPolicy?.includes('compact')) return
  note(
    `${name} has cleanup.policy compact, which is not applied yet: every record of a key is kept`,
  )
}
