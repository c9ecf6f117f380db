/** Offsets from the first to the last. */
export interface OffsetRange {
  readonly fromOffset: number
  readonly toOffset: number
}

/** A thing that was wrong, and what became of it, or would. */
export interface Mended {
  /** The file that was wrong. */
  readonly path: string
  /** A phrase. */
  readonly what: string
  /** What is done, as a participle: 'made anew from the batches'. */
  readonly how: string
  /** Offsets whose records are gone. */
  readonly lost?: readonly OffsetRange[]
  /** Where the old file lies now. */
  readonly movedTo?: string
}

/** A thing that is wrong and can be mended. */
export interface Mend extends Mended {
  /** Does it; where the old file lies then. */
  readonly apply: () => Promise<string | undefined>
}

/** Does these in turn, or with `dryRun` only tells of them. */
export async function mendAll(mends: readonly Mend[], dryRun: boolean): Promise<Mended[]> {
  const mended: Mended[] = []
  for (const { apply, ...rest } of mends) {
    const movedTo = dryRun ? undefined : await apply()
    mended.push(movedTo === undefined ? rest : { ...rest, movedTo })
  }
  return mended
}
