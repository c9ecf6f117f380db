import { batchesOf, type FileBatch } from '../../log/files/segment-file.js'
import { intactRanges, type Survey } from './survey.js'

/** Every intact batch of the log, in turn. */
export async function* intactBatches({
  segments,
}: Pick<Survey, 'segments'>): AsyncGenerator<FileBatch> {
  for (const segment of segments) {
    for (const { from, to } of intactRanges(segment)) {
      for await (const batch of batchesOf(segment.path, from, to)) {
        if (batch.fault === undefined) yield batch
      }
    }
  }
}
