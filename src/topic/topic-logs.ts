import { access, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DuramenError } from '../errors.js'
import { systemError } from '../log/files/system-error.js'
import { PartitionLog, type PartitionLogOptions } from '../log/index.js'
import { checkTopicName, listTopics, makeDataDirectory, partitionPath } from './data-directory.js'
import { replaceFile, syncDirectory } from './replace-file.js'
import { metadataName, metadataText, topicId } from './topic-id.js'
import { newUuid } from './uuid.js'

const mostShown = 20

/** The open logs of a topic's partitions. */
export interface TopicLogs {
  /** In the order of their numbers. */
  readonly logs: readonly PartitionLog[]
  /** Whether the topic was made just now. */
  readonly created: boolean
}

export interface TopicLogsOptions {
  /** Only this partition. Default: all. */
  readonly partition?: number
  /** Make a topic that is missing, with one partition; the data directory too. Default false. */
  readonly create?: boolean
  readonly log?: PartitionLogOptions
}

/**
 * Opens the partitions of a topic, all or none.
 *
 * @throws DuramenError `ERR_NOT_FOUND`, `ERR_INVALID_ARGUMENT`, and what `listTopics` and
 * `PartitionLog.open` throw
 */
export async function openTopic(
  directory: string,
  topic: string,
  { partition, create = false, log: options = {} }: TopicLogsOptions = {},
): Promise<TopicLogs> {
  checkTopicName(topic)
  if (create) await makeDataDirectory(directory)
  const topics = await listTopics(directory)
  const found = topics.find(({ name }) => name === topic)
  if (found === undefined && !create)
    throw noTopic(
      directory,
      topic,
      topics.map(({ name }) => name),
    )
  const partitions = found?.partitions ?? [0]
  if (partition !== undefined && !partitions.includes(partition)) {
    throw noPartition(topic, partition, partitions)
  }
  const wanted = partition === undefined ? partitions : [partition]
  const created = found === undefined
  const paths = wanted.map((number) => partitionPath(directory, topic, number))
  return { logs: await openAll(paths, { ...options, create: created }), created }
}

async function openAll(
  paths: readonly string[],
  options: PartitionLogOptions,
): Promise<PartitionLog[]> {
  const logs: PartitionLog[] = []
  try {
    for (const path of paths) logs.push(await openOne(path, options))
    return logs
  } catch (error) {
    await closeAll(logs).catch(() => {})
    throw error
  }
}

/** Closes all, also where one of them fails to. @throws what the first such one does */
export async function closeAll(logs: readonly PartitionLog[]): Promise<void> {
  const closed = await Promise.allSettled(logs.map((log) => log.close()))
  for (const one of closed) if (one.status === 'rejected') throw one.reason
}

async function openOne(path: string, options: PartitionLogOptions): Promise<PartitionLog> {
  try {
    const log = await PartitionLog.open(path, options)
    if (!options.readOnly) await writeMetadata(log).catch((error) => closeAndThrow(log, error))
    return log
  } catch (error) {
    // What was made for a log that then did not open, because another process owns the directory.
    if (options.create) await rmdir(path).catch(() => {})
    throw systemError(error, path)
  }
}

async function closeAndThrow(log: PartitionLog, error: unknown): Promise<never> {
  await log.close().catch(() => {})
  throw error
}

/** Where it is missing; the partitions of a topic share the id. */
async function writeMetadata(log: PartitionLog): Promise<void> {
  const path = join(log.directory, metadataName)
  if (await exists(path)) return
  const parent = join(log.directory, '..')
  const id = (await topicId(parent, log.topic)) ?? newUuid()
  await replaceFile(path, metadataText(id))
  await syncDirectory(parent)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function noTopic(directory: string, topic: string, topics: readonly string[]): DuramenError {
  const shown = topics.slice(0, mostShown).join(', ')
  const more = topics.length > mostShown ? ` and ${topics.length - mostShown} more` : ''
  const there = topics.length === 0 ? 'there is none yet' : `there are ${shown}${more}`
  return new DuramenError('ERR_NOT_FOUND', `there is no topic ${topic} in ${directory}; ${there}`)
}

function noPartition(topic: string, partition: number, there: readonly number[]): DuramenError {
  return new DuramenError(
    'ERR_NOT_FOUND',
    `${topic} has no partition ${partition}; it has ${there.join(', ')}`,
  )
}
