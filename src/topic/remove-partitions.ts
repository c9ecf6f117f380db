import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemError } from '../log/files/system-error.js'
import { partitionDirectory } from '../log/names.js'
import type { Topic } from './catalog-file.js'
import { inChunks } from './partition-directory.js'
import { syncDirectory } from './replace-file.js'
import { uuidHex } from './uuid.js'

const longestName = 255

/**
 * Removes the directories of a topic whose logs are closed, durably: first they get the names that
 * Kafka gives to what it is about to delete, so that a part of the topic is never taken for a
 * topic. May be called again after it was interrupted. Views that were read before stay as they are.
 *
 * @throws DuramenError `ERR_ACCESS`, `ERR_READ_ONLY`, `ERR_IO`
 */
export async function removePartitions(directory: string, topic: Topic): Promise<void> {
  try {
    const names = await readdir(directory)
    const partitions = names.filter((name) => partitionDirectory(name)?.topic === topic.name)
    for (const name of partitions) {
      await rename(join(directory, name), join(directory, nameOfDeleted(name, topic)))
    }
    // Not only what was renamed now, but also what was before an interruption.
    await syncDirectory(directory)
    const doomed = (await readdir(directory)).filter((name) => name.endsWith(suffixOf(topic)))
    await inChunks(doomed, (name) => rm(join(directory, name), { recursive: true, force: true }))
    await syncDirectory(directory)
  } catch (error) {
    throw systemError(error, directory)
  }
}

/**
 * Removes directories of deleted partitions whose delay had not passed when Kafka, say, was stopped.
 *
 * @throws DuramenError `ERR_ACCESS`, `ERR_READ_ONLY`, `ERR_IO`
 */
export async function removeLeftovers(directory: string): Promise<void> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    const doomed = entries.filter((entry) => entry.isDirectory() && isDeleted(entry.name))
    if (doomed.length === 0) return
    await inChunks(doomed, ({ name }) =>
      rm(join(directory, name), { recursive: true, force: true }),
    )
    await syncDirectory(directory)
  } catch (error) {
    throw systemError(error, directory)
  }
}

/** What Kafka renames a partition to: a name that no partition can have. */
function isDeleted(name: string): boolean {
  return /^.*-\d+\.[0-9a-f]{32}-delete$/.test(name)
}

/** Kafka has a random id there; with the topic's own its remains are known after an interruption. */
function suffixOf({ id }: Topic): string {
  return `.${uuidHex(id)}-delete`
}

/** As Kafka does, cuts the topic's name, and not the number, where the file system takes no more. */
function nameOfDeleted(name: string, topic: Topic): string {
  const number = name.slice(topic.name.length)
  const rest = `${number}${suffixOf(topic)}`
  return `${topic.name.slice(0, longestName - rest.length)}${rest}`
}
