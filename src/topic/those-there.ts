const mostShown = 20

/** For a message that one is missing: which there are, as many as can be read. */
export function thoseThere(names: readonly string[]): string {
  const more = names.length > mostShown ? ` and ${names.length - mostShown} more` : ''
  return names.length === 0
    ? 'there is none yet'
    : `there are ${names.slice(0, mostShown).join(', ')}${more}`
}
