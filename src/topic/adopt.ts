import { DuramenError } from '../errors.js'
import { type CatalogEntries, type CatalogEntry, mostPartitions } from './catalog-file.js'
import { type FoundTopic, listTopics, partitionPath } from './data-directory.js'
import { type FoundPartition, inChunks, lookAtPartition } from './partition-directory.js'
import { isTopicName } from './topic-name.js'
import { isUuid } from './uuid.js'

/**
 * The catalog with what Kafka, or a Duramen that knew no catalog, made in the directory meanwhile:
 *
 * - A topic that is not in the catalog, and has a directory with a log, is taken in with the id that
 *   its directories say, or one from `newId`. It has all partitions up to its highest: of a cluster's
 *   topic some may lie elsewhere, and a record must keep the number of its partition.
 * - A directory beyond a topic's last partition, with the topic's id or none, adds partitions: Kafka
 *   did. Our own are never there before the catalog has them.
 * - What is being deleted is not looked at, so that no part of it comes back.
 * - Directories that are missing are no fault; `preparePartitions` makes them.
 * - Two ids for one topic, one id for two, or a number that no topic has: nobody can tell which is
 *   meant, so that is an error.
 *
 * @returns `entries` itself where there is nothing new
 * @throws DuramenError `ERR_CORRUPT_LOG`, and what `listTopics` throws
 */
export async function adopt(
  directory: string,
  entries: CatalogEntries,
  newId: () => string,
): Promise<CatalogEntries> {
  const adopted = new Map(entries)
  let isSame = true
  for (const found of await listTopics(directory)) {
    const entry = entries.get(found.name)
    const log = await findNew(directory, found, entry)
    if (log === undefined) continue
    const id = idOf(log.partitions, entry) ?? newId()
    const config = entry?.config ?? {}
    adopted.set(found.name, { name: found.name, id, partitions: log.count, config })
    isSame = false
  }
  if (isSame) return entries
  checkIds(directory, adopted)
  return adopted
}

interface NewPartitions {
  readonly partitions: readonly FoundPartition[]
  /** With those that were known. */
  readonly count: number
}

/** Undefined where the catalog has all of them. */
async function findNew(
  directory: string,
  { name, partitions }: FoundTopic,
  entry: CatalogEntry | undefined,
): Promise<NewPartitions | undefined> {
  if (entry?.deleting || !isTopicName(name)) return undefined
  const beyond = partitions.filter((number) => number >= (entry?.partitions ?? 0))
  const seen = await inChunks(beyond, async (number) => ({
    number,
    partition: await lookAtPartition(partitionPath(directory, name, number)),
  }))
  const logs = seen.filter(({ partition }) => partition !== undefined)
  const last = logs.at(-1)
  if (last === undefined) return undefined
  if (last.number >= mostPartitions) {
    const { path } = last.partition as FoundPartition
    throw contradiction(path, `no topic has a partition ${last.number}; move ${path} away`)
  }
  return {
    partitions: logs.map(({ partition }) => partition as FoundPartition),
    count: last.number + 1,
  }
}

function idOf(partitions: readonly FoundPartition[], entry?: CatalogEntry): string | undefined {
  let known = entry?.id
  for (const { path, id } of partitions) {
    if (id === undefined) continue
    if (!isUuid(id)) throw contradiction(path, `${id} in ${path} is no topic's id; move it away`)
    known ??= id
    if (id === known) continue
    throw contradiction(
      path,
      `${path} has the topic id ${id}, and other partitions have ${known}; move away what is not wanted`,
    )
  }
  return known
}

function checkIds(directory: string, entries: CatalogEntries): void {
  const names = new Map<string, string>()
  for (const { name, id } of entries.values()) {
    const other = names.get(id)
    if (other !== undefined) {
      throw contradiction(
        partitionPath(directory, name, 0),
        `${name} has the topic id of ${other}; remove partition.metadata from a copy, or move it away`,
      )
    }
    names.set(id, name)
  }
}

function contradiction(path: string, message: string): DuramenError {
  return new DuramenError('ERR_CORRUPT_LOG', message, { path })
}
