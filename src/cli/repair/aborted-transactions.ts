import { basename } from 'node:path'
import { baseOffsetOf } from '../../log/files/file-entry.js'
import type { FileBatch } from '../../log/files/segment-file.js'
import { decodeMarker, RecordCursor } from '../../record/index.js'
import { writeInt64 } from '../../record/layout.js'
import { intactBatches } from './intact-batches.js'
import type { Survey } from './survey.js'

/** What a `.txnindex` has to say about the segment of its name, from the batches of the whole log. */
export async function abortedTransactions(survey: Survey, path: string): Promise<Buffer> {
  const from = baseOffsetOf(basename(path)) ?? 0
  const at = survey.segments.findIndex(({ baseOffset }) => baseOffset === from)
  const entries: Buffer[] = []
  const open = new Map<number, number>()
  for await (const batch of intactBatches({ segments: survey.segments.slice(0, at + 1) })) {
    const { isTransactional, isControl, producerId, baseOffset, lastOffset } = batch.header
    if (!isTransactional) continue
    const firstOffset = open.get(producerId)
    if (!isControl) {
      open.set(producerId, firstOffset ?? baseOffset)
      continue
    }
    open.delete(producerId)
    if (firstOffset === undefined || baseOffset < from || !isAbort(batch)) continue
    const lastStableOffset = Math.min(lastOffset + 1, ...open.values())
    entries.push(entryOf([producerId, firstOffset, lastOffset, lastStableOffset]))
  }
  return Buffer.concat(entries)
}

function isAbort({ bytes }: FileBatch): boolean {
  const cursor = new RecordCursor(bytes, { includeControl: true })
  return cursor.next() && decodeMarker(cursor.toRecord())?.type === 'abort'
}

function entryOf(numbers: readonly number[]): Buffer {
  const entry = Buffer.alloc(2 + 8 * numbers.length)
  const view = new DataView(entry.buffer, entry.byteOffset, entry.length)
  for (const [i, number] of numbers.entries()) writeInt64(view, 2 + 8 * i, number)
  return entry
}
