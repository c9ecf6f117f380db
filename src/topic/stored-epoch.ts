import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { epochCheckpoint } from '../log/files/text-files.js'

const checkpointName = 'leader-epoch-checkpoint'

/**
 * The leader epoch that a partition's log will have once it is opened, as its directory says; 0
 * where nothing does. @throws nothing: a log that cannot be opened tells why to who opens it
 */
export async function storedEpoch(directory: string): Promise<number> {
  const bytes = await readFile(join(directory, checkpointName)).catch(() => Buffer.alloc(0))
  const epochs = Array.from(epochCheckpoint.entries(bytes, checkpointName), ({ epoch }) => epoch)
  const last = epochs.at(-1)
  return typeof last === 'number' ? last : 0
}
