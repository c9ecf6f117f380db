import { basename, dirname } from 'node:path'
import { DuramenError } from '../../errors.js'
import type { BatchHeader } from '../../record/batch-header.js'
import { crc32c } from '../../record/crc32c.js'
import { RecordCursor, recordToJson } from '../../record/index.js'
import { crcCoversFrom } from '../../record/layout.js'
import { topicPartitionOf } from '../names.js'
import type { FileEntry } from './file-entry.js'
import { originalName, spareName } from './other-files.js'
import { batchesOf, type FileBatch } from './segment-file.js'

/** What stands in a `.log` file: its batches, and with `records` the records of each behind it. */
export async function* segmentEntries(path: string, records: boolean): AsyncGenerator<FileEntry> {
  for await (const batch of batchesOf(path)) {
    if (batch.fault !== undefined) yield { position: batch.position, fault: batch.fault }
    else yield batchEntry(batch)
    if (records && batch.fault === undefined) yield* recordEntries(batch, path)
  }
}

/** Whether batches stand in it, of the log or no more: what `segmentEntries` can show. */
export function holdsBatches(fileName: string): boolean {
  const name = originalName(basename(fileName))
  return name === spareName || /\.log(\.(deleted|cleaned|swap|cut))?$/.test(name)
}

function batchEntry({ position, header, bytes }: FileBatch): FileEntry {
  const isValid = header.crc === crc32c(bytes, crcCoversFrom)
  return {
    position,
    baseOffset: header.baseOffset,
    lastOffset: header.lastOffset,
    recordCount: header.recordCount,
    sizeInBytes: header.sizeInBytes,
    partitionLeaderEpoch: header.partitionLeaderEpoch,
    crc: header.crc,
    isValid,
    compression: compressionOf(header),
    timestampType: header.timestampType,
    baseTimestamp: header.baseTimestamp,
    maxTimestamp: header.maxTimestamp,
    producerId: header.producerId,
    producerEpoch: header.producerEpoch,
    baseSequence: header.baseSequence,
    isTransactional: header.isTransactional,
    isControl: header.isControl,
    ...(header.deleteHorizonMs === undefined ? {} : { deleteHorizonMs: header.deleteHorizonMs }),
    ...(isValid ? {} : { fault: 'the CRC does not match' }),
  }
}

function compressionOf(header: BatchHeader): string {
  try {
    return header.compression
  } catch {
    return `unknown (${header.codecId})`
  }
}

function* recordEntries({ position, bytes }: FileBatch, path: string): Generator<FileEntry> {
  const place = topicPartitionOf(dirname(path))
  const cursor = new RecordCursor(bytes, { ...place, includeControl: true })
  try {
    while (cursor.next()) {
      const { offset, timestamp, key, value, headers } = recordToJson(cursor.toRecord(), 'utf8')
      yield { position, offset, timestamp, key, value, headers }
    }
  } catch (error) {
    if (!(error instanceof DuramenError)) throw error
    yield { position, fault: `the records do not decode (${error.code})` }
  }
}
