/** `1 batch`, `2 batches`. */
export function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  if (noun.endsWith('y')) return `${count} ${noun.slice(0, -1)}ies`
  return `${count} ${noun}${/(s|ch)$/.test(noun) ? 'es' : 's'}`
}

/** Bytes for people. */
export function megabytes(bytes: number): string {
  if (bytes < 100_000) return counted(bytes, 'byte')
  return `${(bytes / 1e6).toFixed(1)} MB`
}
