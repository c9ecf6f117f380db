import { accessSync, constants } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a test broker keeps its files. */
export type Storage = 'disk' | 'memory'

/** What Linux has in memory. */
const memoryRoot = '/dev/shm'

/** A new directory; in memory only where the system has a file system there. */
export async function makeDirectory(storage: Storage): Promise<string> {
  const below = storage === 'memory' && isWritable(memoryRoot) ? memoryRoot : tmpdir()
  return realpath(await mkdtemp(join(below, 'duramen-broker-')))
}

export function removeDirectory(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true })
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
