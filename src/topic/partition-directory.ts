import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuramenError } from '../errors.js'
import { isSegmentName } from '../log/files/kinds.js'
import { metadataName, metadataText, partitionMetadata } from '../log/files/partition-metadata.js'
import { systemError } from '../log/files/system-error.js'
import { makeDirectory } from '../log/make-directory.js'
import type { Topic } from './catalog-file.js'
import { partitionPath } from './data-directory.js'
import { isTemporary, removeTemporaries, replaceFile, syncDirectory } from './replace-file.js'

/** What a directory called `topic-N` says of itself. */
export interface FoundPartition {
  readonly path: string
  /** The id of its topic, where it has one. */
  readonly id?: string
}

/**
 * Undefined where it has nothing of a log: any empty directory may end in a number.
 *
 * @throws DuramenError `ERR_CORRUPT_LOG` for metadata that does not parse
 */
export async function lookAtPartition(path: string): Promise<FoundPartition | undefined> {
  const names: string[] = await readdir(path).catch(() => [])
  if (names.includes(metadataName)) return { path, id: await readTopicId(path) }
  return names.some(isSegmentName) ? { path } : undefined
}

/**
 * Makes what the partitions of a topic need before their logs are opened, where it is missing: their
 * directories, and in each the topic's id. All of it is durable at the end. One call at a time for a
 * topic.
 *
 * @returns where the partitions are, in the order of `numbers`
 * @throws DuramenError `ERR_FOREIGN_DIRECTORY` where there is something else,
 * `ERR_CORRUPT_LOG` where a directory is another topic's: one of that name that
 * Kafka, say, has deleted and made anew. What it holds must neither be lost nor be taken for this
 * topic's, so a person decides; the other topics are not concerned.
 */
export async function preparePartitions(
  directory: string,
  { name, id }: Topic,
  numbers: readonly number[],
): Promise<string[]> {
  const paths = numbers.map((number) => partitionPath(directory, name, number))
  const made = await inChunks(paths, (path) => prepare(path, id))
  if (made.includes(true)) await syncDirectory(directory)
  return paths
}

/**
 * Makes sure that a new topic finds its directories empty, or not there at all.
 *
 * @throws DuramenError `ERR_TOPIC_EXISTS` for a log that was opened there by itself,
 * `ERR_FOREIGN_DIRECTORY` for anything else
 */
export async function checkVacant(directory: string, name: string, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number)
  await inChunks(numbers, async (number) => {
    const path = partitionPath(directory, name, number)
    if ((await lookAtPartition(path)) !== undefined) {
      throw new DuramenError(
        'ERR_TOPIC_EXISTS',
        `${path} is a log that no topic has; open ${directory} again, which makes it one`,
        { path },
      )
    }
    await checkOurs(path)
  })
}

async function checkOurs(path: string): Promise<void> {
  const names: string[] = await readdir(path).catch(() => [])
  const strange = names.some(isSegmentName) ? undefined : names.find((name) => !isOurs(name))
  if (strange === undefined) return
  throw new DuramenError(
    'ERR_FOREIGN_DIRECTORY',
    `${path} holds ${strange}, which is not part of a log; move it away`,
    { path },
  )
}

/** What an opening that was interrupted may have left. */
function isOurs(name: string): boolean {
  return name.startsWith('.') || name.startsWith('duramen.') || isTemporary(name, metadataName)
}

/** @returns whether something was missing */
async function prepare(path: string, id: string): Promise<boolean> {
  const found = await readTopicId(path)
  if (found === id) return false
  if (found !== undefined) {
    throw corrupt(
      path,
      `${path} belongs to a topic with the id ${found}, and duramen.topics has ${id} for that name; ` +
        'move away what is not wanted, the directory or the entry',
    )
  }
  try {
    await makeDirectory(path)
    await checkOurs(path)
    // Left by a process that was killed here; a log would not open beside it.
    await removeTemporaries(path, metadataName)
    await replaceFile(join(path, metadataName), metadataText(id))
    return true
  } catch (error) {
    throw systemError(error, path)
  }
}

async function readTopicId(path: string): Promise<string | undefined> {
  const file = join(path, metadataName)
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw systemError(error, file)
  })
  if (bytes === undefined) return undefined
  const [entry] = partitionMetadata.entries(bytes, metadataName)
  if (typeof entry?.topicId === 'string') return entry.topicId
  throw corrupt(file, `${file} does not parse; move it aside, and it is written anew`)
}

function corrupt(path: string, message: string): DuramenError {
  return new DuramenError('ERR_CORRUPT_LOG', message, { path })
}

// So many file descriptors are in use at a time.
const chunkSize = 64

/** As `Promise.all`, a few at a time. */
export async function inChunks<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += chunkSize) {
    results.push(...(await Promise.all(items.slice(at, at + chunkSize).map(work))))
  }
  return results
}
