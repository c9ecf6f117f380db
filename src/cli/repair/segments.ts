import { basename, join } from 'node:path'
import { batchesOf } from '../../log/files/segment-file.js'
import { segmentPath } from '../../log/names.js'
import { verifyBatches } from '../../log/verify.js'
import { counted } from '../words.js'
import type { Mend } from './mend.js'
import { cleanerName, setLine } from './offset-checkpoints.js'
import type { Place } from './place.js'
import { fillGap, lostIn, rewriteSegment } from './rewrite-segment.js'
import type { Damage, SurveyedSegment } from './survey.js'

/** Where the log is to end, before what an opening sets aside. */
export interface Cut {
  readonly path: string
  readonly position: number
}

/** Damage and gaps in front of the end of the log. */
export async function segmentMends(place: Place, cut: Cut | undefined): Promise<Mend[]> {
  const { segments, gaps } = await place.survey()
  const before = segments
    .map((segment) => ({ ...segment, damages: damagesBefore(segment, cut) }))
    .filter(({ damages }) => damages.length > 0)
  const { sparse, below } = await sparseAmong(before, segments, place.directory)
  const damaged = before.filter((segment) => !sparse.includes(segment))
  const mends: Mend[] = []
  for (const segment of damaged) mends.push(await rewriteMend(segment))
  for (const gap of gaps.filter(({ toOffset }) => toOffset >= below)) {
    const path = segmentPath(place.directory, gap.fromOffset)
    if (cut !== undefined && path > cut.path) continue
    mends.push({
      path,
      what: 'the segment is missing',
      how: 'made with an empty batch in the place of those that are gone',
      lost: [gap],
      apply: async () => {
        await fillGap(path, gap)
        return undefined
      },
    })
  }
  // Last, because from then on offsets below it confirm no batch.
  if (sparse.length > 0) mends.push(gapsMend(place, sparse, below))
  return mends
}

function damagesBefore({ path, damages }: SurveyedSegment, cut: Cut | undefined): Damage[] {
  if (cut === undefined || path < cut.path) return [...damages]
  return path > cut.path ? [] : damages.filter(({ from }) => from < cut.position)
}

async function rewriteMend(segment: SurveyedSegment): Promise<Mend> {
  const { path, damages } = segment
  const bytes = damages.reduce((sum, { from, to }) => sum + to - from, 0)
  const lost = await lostIn(segment)
  const isWhole = lost.length === 0
  const others = isWhole ? 'the others put right' : 'an empty one in the place of what is lost'
  return {
    path,
    what: `${counted(bytes, 'byte')} in ${counted(damages.length, 'place')} hold no intact batch`,
    how: `written anew with every intact batch, and ${others}`,
    ...(isWhole ? {} : { lost }),
    apply: () => rewriteSegment(segment),
  }
}

/**
 * Those in which nothing is damaged and only offsets are missing, as in a log that was compacted and
 * has lost its checkpoint; and the offset behind the last gap. That it was compacted shows in batches
 * that have lost some of their records: where none has, somebody has taken batches out.
 */
async function sparseAmong(
  damaged: readonly SurveyedSegment[],
  all: readonly SurveyedSegment[],
  directory: string,
) {
  const sparse: SurveyedSegment[] = []
  let below = 0
  if (damaged.length === 0 || !(await isCompacted(all))) return { sparse, below }
  const { findings } = await verifyBatches(directory, Number.MAX_SAFE_INTEGER)
  for (const segment of damaged) {
    const isFaulty = findings.some(
      ({ path, endPosition }) => path === segment.path && endPosition !== undefined,
    )
    const { endOfGaps, endPosition } = await gapsIn(segment)
    if (isFaulty || endOfGaps === 0 || endPosition < segment.size) continue
    sparse.push(segment)
    below = endOfGaps
  }
  return { sparse, below }
}

async function isCompacted(segments: readonly SurveyedSegment[]): Promise<boolean> {
  for (const { path } of segments) {
    for await (const { header, fault } of batchesOf(path)) {
      if (fault !== undefined) break
      if (header.recordCount <= header.lastOffsetDelta && header.recordCount > 0) return true
    }
  }
  return false
}

/** The offset behind the last gap between batches, 0 for none, and where the batches end. */
async function gapsIn({ path, baseOffset }: SurveyedSegment) {
  let [next, endOfGaps, endPosition] = [baseOffset, 0, 0]
  for await (const { header, position, fault } of batchesOf(path)) {
    if (fault !== undefined) break
    if (header.baseOffset > next) endOfGaps = header.baseOffset
    next = header.lastOffset + 1
    endPosition = position + header.sizeInBytes
  }
  return { endOfGaps, endPosition }
}

function gapsMend(place: Place, sparse: readonly SurveyedSegment[], below: number): Mend {
  const path = join(place.root, cleanerName)
  const names = sparse.map((segment) => basename(segment.path))
  return {
    path,
    what: `offsets are missing between intact batches of ${names.join(', ')}`,
    how: `given offset ${below} for this log, as after a compaction: below it gaps are allowed`,
    apply: () => setLine(path, place.directory, below),
  }
}

/** The cleaner's line, where it is beyond the log: what the gaps say instead. */
export async function cleanerMends(place: Place): Promise<Mend[]> {
  const path = join(place.root, cleanerName)
  const { report, segments } = await place.survey()
  const finding = report.findings.find((one) => one.path === path)
  if (finding === undefined) return []
  const apply = async () => {
    let below = 0
    for (const segment of segments) below = Math.max(below, (await gapsIn(segment)).endOfGaps)
    return setLine(path, place.directory, below > 0 ? below : undefined)
  }
  return [{ path, what: finding.what, how: 'given the end of the last gap in this log', apply }]
}
