// Values that say who sent them: a reader knows every byte that must stand there.

/** The value of record `sequence` of a log in the `generation`-th process that appended to it. */
export function recordValue(generation, sequence) {
  const size = sequence % 97 === 96 ? 5000 : (sequence * 37 + generation * 101) % 300
  return `${generation}.${sequence}.${'v'.repeat(size)}`
}

/** Who sent a value: [generation, sequence]; undefined where nobody did. */
export function senderOf(value) {
  const match = /^(\d+)\.(\d+)\./.exec(value)
  if (match === null) return undefined
  const [generation, sequence] = [Number(match[1]), Number(match[2])]
  return value === recordValue(generation, sequence) ? [generation, sequence] : undefined
}

/** Whether a record was sent before another. */
export function isBefore([generation, sequence], other) {
  return generation < other[0] || (generation === other[0] && sequence < other[1])
}
