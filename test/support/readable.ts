import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { batches } from '../../src/record/index.js'
import { faultOf, PartitionLog } from './logs.js'

/** Every batch with records that a reader gets, by its base offset; what is damaged is passed over. */
export async function readableBatches(directory: string): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  const log = await PartitionLog.open(directory, { readOnly: true })
  for (let at = log.logStartOffset; at < log.logEndOffset; ) {
    const fault = await faultOf(async () => {
      const view = await log.read(at, { upTo: 'logEnd' })
      for (const { recordCount, baseOffset, position, sizeInBytes } of batches(view.bytes)) {
        const bytes = view.bytes.subarray(position, position + sizeInBytes)
        if (recordCount > 0) found.set(baseOffset, hashOf(bytes))
      }
      at = view.nextOffset
    })
    if (fault === undefined) continue
    if (fault.code !== 'ERR_CORRUPT_BATCH') throw fault
    at = (fault.toOffset as number) + 1
  }
  await log.close()
  return found
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Every file below a directory: its bytes, when it was changed, and which file it is. */
export function filesBelow(directory: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) for (const [name, what] of filesBelow(path)) files.set(name, what)
    const { mtimeMs, ino } = statSync(path)
    files.set(path, `${mtimeMs} ${ino} ${entry.isFile() ? hashOf(readFileSync(path)) : ''}`)
  }
  return files
}
