/** Where a leader epoch begins in a log. */
export interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

/** Where a leader epoch ends in a log: the offset behind its last record. */
export interface EpochEnd {
  /** The one that was asked for, or the last before it that the log knows. */
  readonly leaderEpoch: number
  readonly endOffset: number
}

/** As the addon has them: epoch and start offset of each. */
export function epochStarts(numbers: Float64Array): EpochStart[] {
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    epoch: numbers[2 * i] as number,
    startOffset: numbers[2 * i + 1] as number,
  }))
}

/** As Kafka's `LeaderEpochFileCache.endOffsetFor`; null for an epoch that has not begun. */
export function epochEnd(
  starts: readonly EpochStart[],
  leaderEpoch: number,
  logEndOffset: number,
): EpochEnd | null {
  if (leaderEpoch < 0) return null
  if (starts.at(-1)?.epoch === leaderEpoch) return { leaderEpoch, endOffset: logEndOffset }
  const after = starts.findIndex(({ epoch }) => epoch > leaderEpoch)
  if (after < 0) return null
  const endOffset = (starts[after] as EpochStart).startOffset
  return { leaderEpoch: starts[after - 1]?.epoch ?? leaderEpoch, endOffset }
}

/** That of the record at `offset`, or of the next one; -1 where the log knows none. */
export function epochAt(starts: readonly EpochStart[], offset: number): number {
  return starts.findLast(({ startOffset }) => startOffset <= offset)?.epoch ?? -1
}
