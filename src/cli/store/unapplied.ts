/** What was asked of a topic, or of all by default, is stored, and does nothing yet. */
export function unapplied(owner: string, policies: unknown): string | undefined {
  if (!Array.isArray(policies) || !policies.includes('compact')) return undefined
  return `${owner} has cleanup.policy compact, which is not applied yet: every record of a key is kept`
}
