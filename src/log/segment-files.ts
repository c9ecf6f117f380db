import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { baseOffsetOf } from './files/file-entry.js'
import { isSegmentName } from './files/kinds.js'

/** A segment, as its file says. */
export interface SegmentFile {
  readonly baseOffset: number
  /** Bytes of the file: of the segment that is appended to, what is prepared ahead as well. */
  readonly sizeInBytes: number
  readonly modifiedMs: number
}

/** The segments of a partition's directory, in order; nothing where there is no directory. */
export async function segmentFiles(directory: string): Promise<SegmentFile[]> {
  const names = await readdir(directory).catch(() => [])
  const files: SegmentFile[] = []
  for (const name of names.filter(isSegmentName).sort()) {
    // One may go at any time.
    const found = await stat(join(directory, name)).catch(() => undefined)
    if (found === undefined) continue
    const { size, mtimeMs } = found
    files.push({ baseOffset: baseOffsetOf(name) as number, sizeInBytes: size, modifiedMs: mtimeMs })
  }
  return files
}
