import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DuramenError } from '../errors.js'
import { isSegmentName } from '../log/files/kinds.js'
import { systemError } from '../log/files/system-error.js'
import { makeDirectory } from '../log/make-directory.js'
import { partitionDirectory } from '../log/names.js'
import { isTemporary, replaceFile } from './replace-file.js'
import { hiddenTopic } from './topic-name.js'
import { newUuid } from './uuid.js'

/** A topic, as the directories of its partitions say. */
export interface FoundTopic {
  readonly name: string
  /** Rising. */
  readonly partitions: readonly number[]
}

export const propertiesFile = 'meta.properties'
export const lockFile = '.lock'

/**
 * The topics of a data directory by name, found from directories called `topic-N`.
 *
 * @throws DuramenError `ERR_NOT_FOUND`, `ERR_NOT_A_DIRECTORY`, `ERR_FOREIGN_DIRECTORY`, `ERR_ACCESS`
 */
export async function listTopics(directory: string): Promise<FoundTopic[]> {
  const entries = await listDirectory(directory)
  await refuseForeign(directory, entries)
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitionsAmong(entries)) {
    const partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, [partition])
    else partitions.push(partition)
  }
  return [...topics]
    .map(([name, partitions]) => ({ name, partitions: partitions.sort((a, b) => a - b) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Makes a data directory, with `meta.properties`, where there is none or an empty one. One that is
 * in use stays as it is, also without that file: the logs in it then have locks of their own.
 *
 * @throws DuramenError as `listTopics`, and `ERR_READ_ONLY`, `ERR_NO_SPACE`
 */
export async function makeDataDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(resolve(directory))
    const entries = await listDirectory(directory)
    await refuseForeign(directory, entries)
    if (entries.length === 0) await writeProperties(directory)
  } catch (error) {
    throw systemError(error, directory)
  }
}

/** Makes the directory one of Kafka's. */
export async function writeProperties(directory: string): Promise<void> {
  const lines = ['version=1', `cluster.id=${newUuid()}`, 'node.id=1', `directory.id=${newUuid()}`]
  await replaceFile(join(directory, propertiesFile), `${lines.join('\n')}\n`)
}

/** Whether the logs of a directory each have a lock, because nothing says that it is theirs. */
export async function hasOwnLocks(directory: string): Promise<boolean> {
  const names = (await listDirectory(directory)).map((entry) => entry.name)
  return !names.includes(propertiesFile) && !names.includes(lockFile)
}

/** Where a partition has its files. */
export function partitionPath(directory: string, topic: string, partition: number): string {
  return join(resolve(directory), `${topic}-${partition}`)
}

async function listDirectory(directory: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    // Left by a process that ended while it made the directory.
    return entries.filter((entry) => !isTemporary(entry.name, propertiesFile))
  } catch (error) {
    throw systemError(error, directory)
  }
}

function partitionsAmong(entries: readonly Dirent[]) {
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => partitionDirectory(entry.name))
    .filter((found) => found !== undefined)
    .filter(({ topic }) => topic !== hiddenTopic)
}

async function refuseForeign(directory: string, entries: readonly Dirent[]): Promise<void> {
  const names = entries.map((entry) => entry.name)
  if (names.some(isSegmentName)) {
    throw new DuramenError(
      'ERR_FOREIGN_DIRECTORY',
      `${directory} is the directory of one partition; give the data directory above it`,
      { path: directory },
    )
  }
  if (names.length === 0 || names.includes(propertiesFile) || names.includes(lockFile)) return
  for (const { topic, partition } of partitionsAmong(entries)) {
    const inside = await readdir(partitionPath(directory, topic, partition)).catch(() => [])
    if (inside.some(isSegmentName)) return
  }
  throw new DuramenError(
    'ERR_FOREIGN_DIRECTORY',
    `${directory} holds ${names[0]} and no topics; give a data directory, or a new or empty one`,
    { path: directory },
  )
}
