/** Milliseconds since 1970, of ISO 8601 or a number of them; undefined where it is neither. */
export function timeOf(given: string): number | undefined {
  const time = /^\d{1,16}$/.test(given) ? Number(given) : Date.parse(given)
  return Number.isSafeInteger(time) ? time : undefined
}

/** What `timeOf` takes, for messages. */
export const allowedTimes = 'a time such as 2026-01-31T12:00:00Z, or milliseconds since 1970'
