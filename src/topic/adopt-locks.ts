import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuramenError } from '../errors.js'
import { DirectoryClaim } from '../log/directory-claim.js'
import { offsetCheckpoint } from '../log/files/text-files.js'
import {
  hasOwnLocks,
  listTopics,
  lockFile,
  partitionPath,
  writeProperties,
} from './data-directory.js'
import { replaceFile } from './replace-file.js'

const checkpoints = ['recovery-point-offset-checkpoint', 'log-start-offset-checkpoint']

/**
 * Logs that were opened by themselves, where no data directory was, have their locks and checkpoints
 * in their own directories. Before the directory above them is one, what they say has to stand
 * there; `meta.properties`, written last, makes it count.
 *
 * @throws DuramenError `ERR_LOCKED`, `ERR_CORRUPT_LOG`, and what `listTopics` throws
 */
export async function adoptLocks(directory: string): Promise<void> {
  if (!(await hasOwnLocks(directory))) return
  const topics = await listTopics(directory)
  const paths = topics
    .flatMap(({ name, partitions }) =>
      partitions.map((number) => partitionPath(directory, name, number)),
    )
    .filter((path) => existsSync(join(path, lockFile)))
  const claims: DirectoryClaim[] = []
  try {
    for (const path of paths) claims.push(await DirectoryClaim.take(path))
    for (const name of checkpoints) {
      const lines = (await Promise.all(paths.map((path) => linesOf(join(path, name))))).flat()
      const text = ['0', String(lines.length), ...lines].join('\n')
      if (lines.length > 0) await replaceFile(join(directory, name), `${text}\n`)
    }
    await writeProperties(directory)
  } finally {
    for (const claim of claims) await claim.release()
  }
}

async function linesOf(path: string): Promise<string[]> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0))
  if (bytes.length === 0) return []
  return [...offsetCheckpoint.entries(bytes, path)].flatMap((entry) => {
    if ('fault' in entry) {
      throw new DuramenError('ERR_CORRUPT_LOG', `${path}: ${entry.fault}; run duramen verify`, {
        path,
      })
    }
    return 'topic' in entry ? [`${entry.topic} ${entry.partition} ${entry.offset}`] : []
  })
}
