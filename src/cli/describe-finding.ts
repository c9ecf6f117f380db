import type { VerifyFinding } from '../log/index.js'

/** What is wrong and where, as a line. */
export function describeFinding({
  path,
  position,
  fromOffset,
  toOffset,
  what,
}: VerifyFinding): string {
  const to = toOffset === undefined || toOffset === fromOffset ? '' : ` to ${toOffset}`
  const offsets = fromOffset === undefined ? '' : ` (offset ${fromOffset}${to})`
  return `${path}: position ${position}: ${what}${offsets}`
}
