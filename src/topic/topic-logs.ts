import { existsSync } from 'node:fs'
import { logOptions } from '../config/log-options.js'
import { logOptionsOf } from '../config/topic-config.js'
import { systemError } from '../log/files/system-error.js'
import { PartitionLog, type PartitionLogOptions } from '../log/index.js'
import { TopicCatalog } from './catalog.js'
import type { Topic } from './catalog-file.js'
import { makeDataDirectory, partitionPath } from './data-directory.js'
import { noPartition } from './no-partition.js'
import { preparePartitions } from './partition-directory.js'
import { checkTopicName } from './topic-name.js'

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
 * @throws DuramenError `ERR_NOT_FOUND`, `ERR_INVALID_TOPIC`, and what `TopicCatalog.open` and
 * `PartitionLog.open` throw
 */
export async function openTopic(
  directory: string,
  name: string,
  { partition, create = false, log: options = {} }: TopicLogsOptions = {},
): Promise<TopicLogs> {
  checkTopicName(name)
  if (create) await makeDataDirectory(directory)
  // Before anything is written there.
  else (await TopicCatalog.open(directory, { readOnly: true })).get(name)
  const { readOnly } = options
  const catalog = await TopicCatalog.open(directory, { readOnly })
  try {
    const created = create && catalog.find(name) === undefined
    const topic = created ? await catalog.create(name) : catalog.get(name)
    const numbers = wantedOf(topic, partition)
    const paths = readOnly
      ? pathsThere(catalog, topic, numbers)
      : await preparePartitions(directory, topic, numbers)
    const logs = await openAll(paths, { ...ofTopic(topic, options), ...given(options) })
    return { logs, created }
  } finally {
    // The logs keep the directory locked.
    await catalog.close()
  }
}

function ofTopic({ config }: Topic, { flush }: PartitionLogOptions): PartitionLogOptions {
  return logOptionsOf(config, flush ?? logOptions.flush.default)
}

/** An option that is undefined counts as left out. */
function given(options: PartitionLogOptions): PartitionLogOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function wantedOf({ name, partitions }: Topic, partition: number | undefined): number[] {
  if (partition === undefined) return Array.from({ length: partitions }, (_, number) => number)
  if (partition < partitions) return [partition]
  throw noPartition(name, partition, partitions)
}

/** Readers make nothing: a partition without a directory has no records yet. */
function pathsThere({ directory }: TopicCatalog, { name }: Topic, numbers: number[]): string[] {
  return numbers.map((number) => partitionPath(directory, name, number)).filter(existsSync)
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
    return await PartitionLog.open(path, options)
  } catch (error) {
    throw systemError(error, path)
  }
}
