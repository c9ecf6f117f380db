import { crc32c } from '../../record/crc32c.js'
import { readInt64 } from '../../record/layout.js'
import { type FileEntry, type FileKind, viewOf } from './file-entry.js'

const headerSize = 10
const crcCoversFrom = 6
const producerSize = 46

/** `.snapshot`: what the log knows of each producer, as of the offset in the file's name. */
export const producerSnapshot: FileKind = {
  name: 'producer snapshot',
  matches: (fileName) => fileName.endsWith('.snapshot'),
  *entries(bytes) {
    if (bytes.length < headerSize) {
      return yield { position: 0, fault: `the file ends after ${bytes.length} bytes` }
    }
    const view = viewOf(bytes)
    const count = view.getInt32(6)
    yield headerOf(bytes, view, count)
    const end = Math.min(bytes.length, headerSize + Math.max(count, 0) * producerSize)
    for (let at = headerSize; at + producerSize <= end; at += producerSize) {
      yield producerAt(view, at)
    }
  },
}

function headerOf(bytes: Buffer, view: DataView, count: number): FileEntry {
  const version = view.getInt16(0)
  const crc = view.getUint32(2)
  const header = { position: 0, version, crc, producers: count }
  const size = headerSize + count * producerSize
  if (version !== 1) return { ...header, fault: `the version is ${version}, and only 1 is known` }
  if (crc !== crc32c(bytes, crcCoversFrom)) return { ...header, fault: 'the CRC does not match' }
  if (size === bytes.length) return header
  return { ...header, fault: `${count} producers take ${size} bytes, not ${bytes.length}` }
}

function producerAt(view: DataView, position: number): FileEntry {
  return {
    position,
    producerId: readInt64(view, position),
    producerEpoch: view.getInt16(position + 8),
    lastSequence: view.getInt32(position + 10),
    lastOffset: readInt64(view, position + 14),
    offsetDelta: view.getInt32(position + 22),
    timestamp: readInt64(view, position + 26),
    coordinatorEpoch: view.getInt32(position + 34),
    currentTransactionFirstOffset: readInt64(view, position + 38),
  }
}
