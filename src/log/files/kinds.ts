import type { FileKind } from './file-entry.js'
import { offsetIndex, timeIndex, transactionIndex } from './indexes.js'
import { partitionMetadata } from './partition-metadata.js'
import { producerIds } from './producer-ids.js'
import { producerSnapshot } from './producer-snapshot.js'
import {
  cleanShutdown,
  epochCheckpoint,
  lockFile,
  metaProperties,
  offsetCheckpoint,
} from './text-files.js'
import { topicCatalog } from './topic-catalog.js'
import { watermark } from './watermark.js'

const kinds: readonly FileKind[] = [
  offsetIndex,
  timeIndex,
  transactionIndex,
  producerSnapshot,
  offsetCheckpoint,
  epochCheckpoint,
  partitionMetadata,
  metaProperties,
  cleanShutdown,
  lockFile,
  watermark,
  topicCatalog,
  producerIds,
]

/** What a file of a data directory is, by its name; a segment is none of these. */
export function kindOf(fileName: string): FileKind | undefined {
  return kinds.find((kind) => kind.matches(fileName))
}

/** Whether it is a segment of the log, `00000000000000000042.log`. */
export function isSegmentName(fileName: string): boolean {
  return /^\d{20}\.log$/.test(fileName)
}
