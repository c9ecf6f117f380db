/** What was asked of a topic, is stored, and does nothing yet. */
export function unapplied(name: string, policies: readonly string[] = []): string | undefined {
  if (!policies.includes('compact')) return undefined
  return `${name} has cleanup.policy compact, which is not applied yet: every record of a key is kept`
}
