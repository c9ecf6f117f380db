/** Java's `String.hashCode`, an int32. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** The partition of `__consumer_offsets` that a group belongs to. */
export function offsetsPartition(groupId: string, partitions: number): number {
  const hash = javaHashCode(groupId)
  // As Kafka has it: the smallest int32 has no positive counterpart, and counts as 0.
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitions
}
