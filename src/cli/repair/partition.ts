import { systemError } from '../../log/files/system-error.js'
import type { VerifyFinding } from '../../log/index.js'
import { checkPartition } from '../check-partition.js'
import { indexMends } from './indexes.js'
import { type Mend, type Mended, mendAll } from './mend.js'
import { offsetCheckpointMends, offsetLineMends } from './offset-checkpoints.js'
import type { Place } from './place.js'
import { recover } from './recovery.js'
import { cleanerMends, segmentMends } from './segments.js'
import { smallFileMends } from './small-files.js'

/** What was mended in a partition, or would be, and what remains wrong. */
export interface Repair {
  readonly mended: readonly Mended[]
  readonly left: readonly VerifyFinding[]
}

/**
 * Mends a partition, whose lock the caller holds; or tells what it would do, of one that nobody holds.
 *
 * The order is such that a crash between any two steps leaves what a later repair can finish.
 *
 * @throws DuramenError what opening throws, and `ERR_ACCESS`, `ERR_NO_SPACE`, `ERR_IO`
 */
export async function repairPartition(place: Place): Promise<Repair> {
  try {
    return await repairInOrder(place)
  } catch (error) {
    throw systemError(error, (error as NodeJS.ErrnoException).path ?? place.directory)
  }
}

async function repairInOrder(place: Place): Promise<Repair> {
  const { directory, dryRun } = place
  const mended: Mended[] = []
  const mend = async (mends: readonly Mend[]) => {
    mended.push(...(await mendAll(mends, dryRun)))
    if (mends.length > 0 && !dryRun) place.changed()
  }
  // Checkpoints that do not parse keep a log from opening, and say nothing about it.
  await mend(await offsetCheckpointMends(place))
  await mend(await smallFileMends(place))
  await mend([...(await offsetLineMends(place)), ...(await indexMends(place))])
  const recovered = await recover(place)
  place.changed()
  const batches = await mendAll(await segmentMends(place, recovered.cut), dryRun)
  // A lost end is given an empty batch, once a segment follows it.
  mended.push(...recovered.mended.filter((one) => !batches.some((other) => isSameLoss(one, other))))
  mended.push(...batches)
  place.changed()
  await mend(await cleanerMends(place))
  if (batches.length > 0 && !dryRun) await recover(place)
  // What an opening has written from a damaged leader epoch, which no checksum covers.
  if (!dryRun) await mend(await smallFileMends(place))
  const { findings } = await checkPartition(directory, false)
  return { mended, left: dryRun ? findings.filter((one) => !isCovered(one, mended)) : findings }
}

function isSameLoss({ lost: [one] = [] }: Mended, { lost = [] }: Mended): boolean {
  return one !== undefined && lost.some(({ fromOffset }) => fromOffset === one.fromOffset)
}

/** Whether what would be done does away with the finding. */
function isCovered({ path, fromOffset, what }: VerifyFinding, mended: readonly Mended[]): boolean {
  return mended.some(
    (one) =>
      one.path === path ||
      (what.endsWith('missing') && one.lost?.some((lost) => lost.fromOffset === fromOffset)),
  )
}
