import type { FileKind } from './file-entry.js'
import { offsetIndex, timeIndex, transactionIndex } from './indexes.js'
import { producerSnapshot } from './producer-snapshot.js'
import {
  epochCheckpoint,
  metaProperties,
  offsetCheckpoint,
  partitionMetadata,
} from './text-files.js'
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
  watermark,
]

/** What a file of a data directory is, by its name; a segment is none of these. */
export function kindOf(fileName: string): FileKind | undefined {
  return kinds.find((kind) => kind.matches(fileName))
}
