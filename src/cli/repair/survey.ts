import { readdir, stat } from 'node:fs/promises'
import { isSegmentName } from '../../log/files/kinds.js'
import type { VerifyFinding, VerifyReport } from '../../log/index.js'
import { segmentPath } from '../../log/names.js'
import { verifyBatches } from '../../log/verify.js'
import { gapsBelow } from '../check-partition.js'
import type { OffsetRange } from './mend.js'

/** Bytes of a segment that hold no intact batch. Where no offset is gone, `toOffset` is the one before. */
export interface Damage extends OffsetRange {
  readonly from: number
  readonly to: number
}

/** A segment of a partition, and what is damaged in it. */
export interface SurveyedSegment {
  readonly path: string
  readonly baseOffset: number
  readonly size: number
  /** In the order of their positions. */
  readonly damages: readonly Damage[]
}

/** What stands in the segments of a partition. */
export interface Survey {
  readonly report: VerifyReport
  readonly segments: readonly SurveyedSegment[]
  /** Offsets between segments that none has. */
  readonly gaps: readonly OffsetRange[]
}

/** Looks at every batch, as `verify` does. */
export async function surveyOf(directory: string): Promise<Survey> {
  const report = await verifyBatches(directory, await gapsBelow(directory))
  const bases = (await readdir(directory))
    .filter(isSegmentName)
    .map((name) => Number.parseInt(name, 10))
    .filter(Number.isSafeInteger)
    .sort((a, b) => a - b)
  const segments: SurveyedSegment[] = []
  const gaps: OffsetRange[] = []
  for (const [i, baseOffset] of bases.entries()) {
    const path = segmentPath(directory, baseOffset)
    const { size } = await stat(path)
    const own = report.findings.filter((finding) => finding.path === path)
    const damages = own.flatMap((finding) => damageOf(finding, size, bases[i + 1]))
    segments.push({ path, baseOffset, size, damages })
    const missing = own.find(
      ({ toOffset, endPosition }) => toOffset === baseOffset - 1 && endPosition === undefined,
    )
    if (i > 0 && missing !== undefined) addGap(missing, segments, gaps)
  }
  return { report, segments, gaps }
}

/** What is damaged up to the end of the last segment is for an opening to settle. */
function damageOf(finding: VerifyFinding, size: number, nextBase: number | undefined): Damage[] {
  const { position: from, endPosition: to, fromOffset, toOffset } = finding
  if (to === undefined || fromOffset === undefined) return []
  // No offset is given where none is gone, or where nothing intact follows in the file.
  if (to < size) return [{ from, to, fromOffset, toOffset: toOffset ?? fromOffset - 1 }]
  return nextBase === undefined ? [] : [{ from, to, fromOffset, toOffset: nextBase - 1 }]
}

/** An empty segment takes the gap behind it; one with a damaged end has it already. */
function addGap(finding: VerifyFinding, segments: SurveyedSegment[], gaps: OffsetRange[]): void {
  const { fromOffset = 0, toOffset = 0 } = finding
  const at = segments.length - 2
  const before = segments[at]
  if (before === undefined || before.damages.at(-1)?.to === before.size) return
  if (before.baseOffset !== fromOffset) gaps.push({ fromOffset, toOffset })
  else segments[at] = { ...before, damages: [{ from: 0, to: 0, fromOffset, toOffset }] }
}

/** The stretches between damages, each of whole intact batches. */
export function intactRanges({ size, damages }: SurveyedSegment): { from: number; to: number }[] {
  const starts = [0, ...damages.map(({ to }) => to)]
  const ends = [...damages.map(({ from }) => from), size]
  return starts
    .map((from, i) => ({ from, to: ends[i] ?? size }))
    .filter(({ from, to }) => from < to)
}

/** The name of the segment's file of another kind, such as `.index`. */
export function beside({ path }: SurveyedSegment, kind: string): string {
  return `${path.slice(0, -'.log'.length)}${kind}`
}
