import type { PartitionLog } from '../log/index.js'
import { segmentFiles } from '../log/segment-files.js'

/** Of the batches of a log that is open, or else of the segments in its directory. */
export async function partitionBytes(
  directory: string,
  open: Promise<PartitionLog> | undefined,
): Promise<number> {
  try {
    const log = await open
    if (log !== undefined) return log.info.logBytes
  } catch {
    // It did not open, or is closed by now.
  }
  const files = await segmentFiles(directory)
  return files.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0)
}
